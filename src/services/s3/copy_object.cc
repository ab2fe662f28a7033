// CopyObject: a new object of another's bytes, with its attributes or new ones.

#include <functional>
#include <memory>
#include <utility>

#include "services/s3/attributes.h"
#include "services/s3/conditions.h"
#include "services/s3/copy_source.h"
#include "services/s3/integrity.h"
#include "services/s3/object_body.h"
#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Request {
  std::optional<std::string> acl;
  std::string bucket;
  std::optional<std::string> cache_control;
  std::optional<std::string> checksum_algorithm;
  std::optional<std::string> content_disposition;
  std::optional<std::string> content_encoding;
  std::optional<std::string> content_language;
  std::optional<std::string> content_type;
  std::string copy_source;
  std::optional<std::string> copy_source_if_match;
  std::optional<WallTime> copy_source_if_modified_since;
  std::optional<std::string> copy_source_if_none_match;
  std::optional<WallTime> copy_source_if_unmodified_since;
  std::optional<std::string> expires;
  std::optional<std::string> if_match;
  std::optional<std::string> if_none_match;
  std::string key;
  std::optional<std::map<std::string, std::string>> metadata;
  std::optional<std::string> metadata_directive;
  std::optional<std::string> storage_class;
  std::optional<std::string> request_payer;
  std::optional<std::string> expected_bucket_owner;
  std::optional<std::string> expected_source_bucket_owner;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::acl>("ACL", wire::header("x-amz-acl"), wire::one_of(kObjectAcls)),
      wire::member<&Request::bucket>("Bucket", wire::required, wire::label("Bucket")),
      wire::member<&Request::cache_control>("CacheControl", wire::header("Cache-Control")),
      wire::member<&Request::checksum_algorithm>("ChecksumAlgorithm",
                                                 wire::header("x-amz-checksum-algorithm"),
                                                 wire::one_of(kChecksumAlgorithms)),
      wire::member<&Request::content_disposition>("ContentDisposition",
                                                  wire::header("Content-Disposition")),
      wire::member<&Request::content_encoding>("ContentEncoding", wire::header("Content-Encoding")),
      wire::member<&Request::content_language>("ContentLanguage", wire::header("Content-Language")),
      wire::member<&Request::content_type>("ContentType", wire::header("Content-Type")),
      wire::member<&Request::copy_source>("CopySource", wire::required,
                                          wire::header("x-amz-copy-source"),
                                          wire::pattern("\\/?.+\\/.+")),
      wire::member<&Request::copy_source_if_match>("CopySourceIfMatch",
                                                   wire::header("x-amz-copy-source-if-match")),
      wire::member<&Request::copy_source_if_modified_since>(
          "CopySourceIfModifiedSince", wire::header("x-amz-copy-source-if-modified-since")),
      wire::member<&Request::copy_source_if_none_match>(
          "CopySourceIfNoneMatch", wire::header("x-amz-copy-source-if-none-match")),
      wire::member<&Request::copy_source_if_unmodified_since>(
          "CopySourceIfUnmodifiedSince", wire::header("x-amz-copy-source-if-unmodified-since")),
      wire::member<&Request::expires>("Expires", wire::header("Expires")),
      wire::refused("GrantFullControl", wire::header("x-amz-grant-full-control")),
      wire::refused("GrantRead", wire::header("x-amz-grant-read")),
      wire::refused("GrantReadACP", wire::header("x-amz-grant-read-acp")),
      wire::refused("GrantWriteACP", wire::header("x-amz-grant-write-acp")),
      wire::member<&Request::if_match>("IfMatch", wire::header("If-Match")),
      wire::member<&Request::if_none_match>("IfNoneMatch", wire::header("If-None-Match")),
      wire::member<&Request::key>("Key", wire::required, wire::label("Key"), wire::length(1)),
      wire::member<&Request::metadata>("Metadata", wire::prefix_headers("x-amz-meta-")),
      wire::member<&Request::metadata_directive>("MetadataDirective",
                                                 wire::header("x-amz-metadata-directive"),
                                                 wire::one_of("COPY|REPLACE")),
      wire::refused("TaggingDirective", wire::header("x-amz-tagging-directive")),
      wire::refused("AnnotationDirective", wire::header("x-amz-object-annotation-directive")),
      wire::refused("ServerSideEncryption", wire::header("x-amz-server-side-encryption")),
      wire::member<&Request::storage_class>("StorageClass", wire::header("x-amz-storage-class"),
                                            wire::one_of(kStorageClasses)),
      wire::refused("WebsiteRedirectLocation", wire::header("x-amz-website-redirect-location")),
      wire::refused("SSECustomerAlgorithm",
                    wire::header("x-amz-server-side-encryption-customer-algorithm")),
      wire::refused("SSECustomerKey", wire::header("x-amz-server-side-encryption-customer-key")),
      wire::refused("SSECustomerKeyMD5",
                    wire::header("x-amz-server-side-encryption-customer-key-MD5")),
      wire::refused("SSEKMSKeyId", wire::header("x-amz-server-side-encryption-aws-kms-key-id")),
      wire::refused("SSEKMSEncryptionContext",
                    wire::header("x-amz-server-side-encryption-context")),
      wire::refused("BucketKeyEnabled",
                    wire::header("x-amz-server-side-encryption-bucket-key-enabled")),
      wire::refused("CopySourceSSECustomerAlgorithm",
                    wire::header("x-amz-copy-source-server-side-encryption-customer-algorithm")),
      wire::refused("CopySourceSSECustomerKey",
                    wire::header("x-amz-copy-source-server-side-encryption-customer-key")),
      wire::refused("CopySourceSSECustomerKeyMD5",
                    wire::header("x-amz-copy-source-server-side-encryption-customer-key-MD5")),
      wire::member<&Request::request_payer>("RequestPayer", wire::header("x-amz-request-payer"),
                                            wire::one_of(kRequestPayers)),
      wire::refused("Tagging", wire::header("x-amz-tagging")),
      wire::refused("ObjectLockMode", wire::header("x-amz-object-lock-mode")),
      wire::refused("ObjectLockRetainUntilDate",
                    wire::header("x-amz-object-lock-retain-until-date"), wire::iso8601),
      wire::refused("ObjectLockLegalHoldStatus", wire::header("x-amz-object-lock-legal-hold")),
      wire::refused("ObjectLockEventHold", wire::header("x-amz-object-lock-event-hold")),
      wire::refused("ObjectLockEventHoldDurationDays",
                    wire::header("x-amz-object-lock-event-hold-duration-days")),
      wire::refused("ObjectLockEventHoldDurationYears",
                    wire::header("x-amz-object-lock-event-hold-duration-years")),
      wire::member<&Request::expected_bucket_owner>("ExpectedBucketOwner",
                                                    wire::header("x-amz-expected-bucket-owner")),
      wire::member<&Request::expected_source_bucket_owner>(
          "ExpectedSourceBucketOwner", wire::header("x-amz-source-expected-bucket-owner")));
};

struct CopyResult {
  std::optional<std::string> etag;
  std::optional<WallTime> last_modified;
  std::optional<std::string> checksum_type;
  std::optional<std::string> checksum_crc32;
  std::optional<std::string> checksum_crc32c;
  std::optional<std::string> checksum_crc64nvme;
  std::optional<std::string> checksum_sha1;
  std::optional<std::string> checksum_sha256;
  static constexpr auto shape = wire::structure(
      wire::member<&CopyResult::etag>("ETag"),
      wire::member<&CopyResult::last_modified>("LastModified"),
      wire::member<&CopyResult::checksum_type>("ChecksumType", wire::one_of(kChecksumTypes)),
      wire::member<&CopyResult::checksum_crc32>("ChecksumCRC32"),
      wire::member<&CopyResult::checksum_crc32c>("ChecksumCRC32C"),
      wire::member<&CopyResult::checksum_crc64nvme>("ChecksumCRC64NVME"),
      wire::member<&CopyResult::checksum_sha1>("ChecksumSHA1"),
      wire::member<&CopyResult::checksum_sha256>("ChecksumSHA256"), wire::refused("ChecksumSHA512"),
      wire::refused("ChecksumMD5"), wire::refused("ChecksumXXHASH64"),
      wire::refused("ChecksumXXHASH3"), wire::refused("ChecksumXXHASH128"));
};

struct Response {
  CopyResult copy_object_result;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::copy_object_result>("CopyObjectResult", wire::payload()),
      wire::refused("Expiration", wire::header("x-amz-expiration")),
      wire::refused("CopySourceVersionId", wire::header("x-amz-copy-source-version-id")),
      wire::refused("VersionId", wire::header("x-amz-version-id")),
      wire::refused("ServerSideEncryption", wire::header("x-amz-server-side-encryption")),
      wire::refused("SSECustomerAlgorithm",
                    wire::header("x-amz-server-side-encryption-customer-algorithm")),
      wire::refused("SSECustomerKeyMD5",
                    wire::header("x-amz-server-side-encryption-customer-key-MD5")),
      wire::refused("SSEKMSKeyId", wire::header("x-amz-server-side-encryption-aws-kms-key-id")),
      wire::refused("SSEKMSEncryptionContext",
                    wire::header("x-amz-server-side-encryption-context")),
      wire::refused("BucketKeyEnabled",
                    wire::header("x-amz-server-side-encryption-bucket-key-enabled")),
      wire::refused("RequestCharged", wire::header("x-amz-request-charged")));
};

// The algorithm of the copy's checksum: as asked, else the source's.
Result<objects::ChecksumAlgorithm> algorithm_of(const Request& request,
                                                const objects::Object& source) {
  if (request.checksum_algorithm) {
    if (const auto named = objects::parse_checksum_algorithm(*request.checksum_algorithm)) {
      return *named;
    }
    return fail(
        ErrorCode::kNotImplemented,
        "Headrace does not support checksums of the algorithm " + *request.checksum_algorithm,
        "checksumAlgorithm");
  }
  return source.checksum ? source.checksum->algorithm : objects::ChecksumAlgorithm::kCrc64Nvme;
}

// Finds the source and holds the request's conditions against it.
Result<objects::Object> find_source(const S3& s3, const Request& request,
                                    const CopySource& source) {
  ASSIGN_OR_RETURN(objects::Object object,
                   find_object(s3, source.bucket, source.key, source.version_id,
                               request.expected_source_bucket_owner));
  RETURN_IF_ERROR(
      check_copy_source({.if_match = request.copy_source_if_match,
                         .if_none_match = request.copy_source_if_none_match,
                         .if_modified_since = request.copy_source_if_modified_since,
                         .if_unmodified_since = request.copy_source_if_unmodified_since},
                        object));
  if (object.size > objects::ObjectStore::kPutBytesMax) {
    return fail(ErrorCode::kInvalidArgument,
                "The specified copy source is larger than the maximum allowable size for a copy "
                "source: 5368709120",
                "InvalidRequest");
  }
  const bool replaces = request.metadata_directive.value_or("COPY") == "REPLACE";
  if (!replaces && source.bucket == request.bucket && source.key == request.key) {
    return fail(ErrorCode::kInvalidArgument,
                "This copy request is illegal because it is trying to copy an object to itself "
                "without changing the object's metadata, storage class, website redirect location "
                "or encryption attributes.",
                "InvalidRequest");
  }
  return object;
}

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, Request request) {
  CO_RETURN_IF_ERROR(check_placement(request.acl, request.storage_class));
  CO_ASSIGN_OR_RETURN(const CopySource from, parse_copy_source(request.copy_source));
  CO_ASSIGN_OR_RETURN(objects::WriteConditions conditions,
                      write_conditions(request.if_match, request.if_none_match));
  if (auto found = find_bucket(s3, request.bucket, request.expected_bucket_owner); !found) {
    co_return std::unexpected(std::move(found).error());
  }
  CO_ASSIGN_OR_RETURN(objects::Object found, find_source(s3, request, from));
  CO_ASSIGN_OR_RETURN(const objects::ChecksumAlgorithm algorithm, algorithm_of(request, found));
  const bool replaces = request.metadata_directive.value_or("COPY") == "REPLACE";
  objects::Attributes attributes = replaces ? attributes_of(request) : found.attributes;
  CO_RETURN_IF_ERROR(check_attributes(attributes));
  const auto source = std::make_shared<const objects::Object>(std::move(found));
  objects::Ingest ingest = s3.objects.ingest();
  ingest.compute(algorithm);
  CO_RETURN_IF_ERROR(
      co_await copy_bytes(s3.objects, source, ByteRange{.first = 0, .size = source->size}, ingest));
  objects::Checksum checksum{.algorithm = algorithm, .value = ingest.checksum(algorithm)};
  CO_ASSIGN_OR_RETURN(
      const objects::Object object,
      co_await s3.objects.put(std::move(request.bucket), std::move(request.key), ingest,
                              std::move(attributes), checksum, std::move(conditions)));
  Response response;
  response.copy_object_result.etag = quoted(object.etag);
  response.copy_object_result.last_modified = object.modified;
  show_checksum(response.copy_object_result, checksum);
  co_return response;
}

}  // namespace

Operation copy_object(S3& s3) {
  return at("PUT", "/{Bucket}/{Key+}", "",
            operation<Request, Response>("CopyObject", "s3:PutObject",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
