// PutObject: the object is there, whole and durable, when it returns; before that the old one is.

#include <functional>
#include <utility>

#include "services/s3/attributes.h"
#include "services/s3/conditions.h"
#include "services/s3/integrity.h"
#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Request {
  std::optional<std::string> acl;
  http::Body* body = nullptr;
  std::string bucket;
  std::optional<std::string> cache_control;
  std::optional<std::string> content_disposition;
  std::optional<std::string> content_encoding;
  std::optional<std::string> content_language;
  std::optional<std::int64_t> content_length;
  std::optional<std::string> content_md5;
  std::optional<std::string> content_type;
  std::optional<std::string> checksum_algorithm;
  std::optional<std::string> checksum_crc32;
  std::optional<std::string> checksum_crc32c;
  std::optional<std::string> checksum_crc64nvme;
  std::optional<std::string> checksum_sha1;
  std::optional<std::string> checksum_sha256;
  std::optional<std::string> expires;
  std::optional<std::string> if_match;
  std::optional<std::string> if_none_match;
  std::string key;
  std::optional<std::map<std::string, std::string>> metadata;
  std::optional<std::string> storage_class;
  std::optional<std::string> request_payer;
  std::optional<std::string> expected_bucket_owner;
  std::optional<std::string> trailer;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::acl>("ACL", wire::header("x-amz-acl"), wire::one_of(kObjectAcls)),
      wire::member<&Request::body>("Body", wire::payload()),
      wire::member<&Request::bucket>("Bucket", wire::required, wire::label("Bucket")),
      wire::member<&Request::cache_control>("CacheControl", wire::header("Cache-Control")),
      wire::member<&Request::content_disposition>("ContentDisposition",
                                                  wire::header("Content-Disposition")),
      wire::member<&Request::content_encoding>("ContentEncoding", wire::header("Content-Encoding")),
      wire::member<&Request::content_language>("ContentLanguage", wire::header("Content-Language")),
      wire::member<&Request::content_length>("ContentLength", wire::header("Content-Length")),
      wire::member<&Request::content_md5>("ContentMD5", wire::header("Content-MD5")),
      wire::member<&Request::content_type>("ContentType", wire::header("Content-Type")),
      wire::member<&Request::checksum_algorithm>("ChecksumAlgorithm",
                                                 wire::header("x-amz-sdk-checksum-algorithm"),
                                                 wire::one_of(kChecksumAlgorithms)),
      wire::member<&Request::checksum_crc32>("ChecksumCRC32", wire::header("x-amz-checksum-crc32")),
      wire::member<&Request::checksum_crc32c>("ChecksumCRC32C",
                                              wire::header("x-amz-checksum-crc32c")),
      wire::member<&Request::checksum_crc64nvme>("ChecksumCRC64NVME",
                                                 wire::header("x-amz-checksum-crc64nvme")),
      wire::member<&Request::checksum_sha1>("ChecksumSHA1", wire::header("x-amz-checksum-sha1")),
      wire::member<&Request::checksum_sha256>("ChecksumSHA256",
                                              wire::header("x-amz-checksum-sha256")),
      wire::refused("ChecksumSHA512", wire::header("x-amz-checksum-sha512")),
      wire::refused("ChecksumMD5", wire::header("x-amz-checksum-md5")),
      wire::refused("ChecksumXXHASH64", wire::header("x-amz-checksum-xxhash64")),
      wire::refused("ChecksumXXHASH3", wire::header("x-amz-checksum-xxhash3")),
      wire::refused("ChecksumXXHASH128", wire::header("x-amz-checksum-xxhash128")),
      wire::member<&Request::expires>("Expires", wire::header("Expires")),
      wire::member<&Request::if_match>("IfMatch", wire::header("If-Match")),
      wire::member<&Request::if_none_match>("IfNoneMatch", wire::header("If-None-Match")),
      wire::refused("GrantFullControl", wire::header("x-amz-grant-full-control")),
      wire::refused("GrantRead", wire::header("x-amz-grant-read")),
      wire::refused("GrantReadACP", wire::header("x-amz-grant-read-acp")),
      wire::refused("GrantWriteACP", wire::header("x-amz-grant-write-acp")),
      wire::member<&Request::key>("Key", wire::required, wire::label("Key"), wire::length(1)),
      wire::refused("WriteOffsetBytes", wire::header("x-amz-write-offset-bytes")),
      wire::member<&Request::metadata>("Metadata", wire::prefix_headers("x-amz-meta-")),
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
      wire::member<&Request::trailer>("Trailer", wire::header("x-amz-trailer")));
};

struct Response {
  std::optional<std::string> etag;
  std::optional<std::string> checksum_crc32;
  std::optional<std::string> checksum_crc32c;
  std::optional<std::string> checksum_crc64nvme;
  std::optional<std::string> checksum_sha1;
  std::optional<std::string> checksum_sha256;
  std::optional<std::string> checksum_type;
  static constexpr auto shape = wire::structure(
      wire::refused("Expiration", wire::header("x-amz-expiration")),
      wire::member<&Response::etag>("ETag", wire::header("ETag")),
      wire::member<&Response::checksum_crc32>("ChecksumCRC32",
                                              wire::header("x-amz-checksum-crc32")),
      wire::member<&Response::checksum_crc32c>("ChecksumCRC32C",
                                               wire::header("x-amz-checksum-crc32c")),
      wire::member<&Response::checksum_crc64nvme>("ChecksumCRC64NVME",
                                                  wire::header("x-amz-checksum-crc64nvme")),
      wire::member<&Response::checksum_sha1>("ChecksumSHA1", wire::header("x-amz-checksum-sha1")),
      wire::member<&Response::checksum_sha256>("ChecksumSHA256",
                                               wire::header("x-amz-checksum-sha256")),
      wire::refused("ChecksumSHA512", wire::header("x-amz-checksum-sha512")),
      wire::refused("ChecksumMD5", wire::header("x-amz-checksum-md5")),
      wire::refused("ChecksumXXHASH64", wire::header("x-amz-checksum-xxhash64")),
      wire::refused("ChecksumXXHASH3", wire::header("x-amz-checksum-xxhash3")),
      wire::refused("ChecksumXXHASH128", wire::header("x-amz-checksum-xxhash128")),
      wire::member<&Response::checksum_type>("ChecksumType", wire::header("x-amz-checksum-type"),
                                             wire::one_of(kChecksumTypes)),
      wire::refused("ServerSideEncryption", wire::header("x-amz-server-side-encryption")),
      wire::refused("VersionId", wire::header("x-amz-version-id")),
      wire::refused("SSECustomerAlgorithm",
                    wire::header("x-amz-server-side-encryption-customer-algorithm")),
      wire::refused("SSECustomerKeyMD5",
                    wire::header("x-amz-server-side-encryption-customer-key-MD5")),
      wire::refused("SSEKMSKeyId", wire::header("x-amz-server-side-encryption-aws-kms-key-id")),
      wire::refused("SSEKMSEncryptionContext",
                    wire::header("x-amz-server-side-encryption-context")),
      wire::refused("BucketKeyEnabled",
                    wire::header("x-amz-server-side-encryption-bucket-key-enabled")),
      wire::refused("Size", wire::header("x-amz-object-size")),
      wire::refused("RequestCharged", wire::header("x-amz-request-charged")));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, Request request) {
  CO_RETURN_IF_ERROR(check_placement(request.acl, request.storage_class));
  objects::Attributes attributes = attributes_of(request);
  CO_RETURN_IF_ERROR(check_attributes(attributes));
  CO_ASSIGN_OR_RETURN(objects::WriteConditions conditions,
                      write_conditions(request.if_match, request.if_none_match));
  DeclaredIntegrity declared{.content_md5 = request.content_md5,
                             .checksums = checksum_texts(request),
                             .algorithm = request.checksum_algorithm,
                             .trailer = request.trailer};
  CO_ASSIGN_OR_RETURN(const Integrity integrity, Integrity::parse(declared));
  if (auto found = find_bucket(s3, request.bucket, request.expected_bucket_owner); !found) {
    co_return std::unexpected(std::move(found).error());
  }
  objects::Ingest ingest = s3.objects.ingest();
  ingest.compute(integrity.algorithm());
  CO_RETURN_IF_ERROR(co_await receive(*request.body, ingest, objects::ObjectStore::kPutBytesMax));
  objects::Checksum checksum{.algorithm = integrity.algorithm(),
                             .value = ingest.checksum(integrity.algorithm())};
  CO_RETURN_IF_ERROR(integrity.verify(*request.body, ingest.md5(), checksum.value));
  CO_ASSIGN_OR_RETURN(
      const objects::Object object,
      co_await s3.objects.put(std::move(request.bucket), std::move(request.key), ingest,
                              std::move(attributes), checksum, std::move(conditions)));
  Response response;
  response.etag = quoted(object.etag);
  show_checksum(response, checksum);
  co_return response;
}

}  // namespace

Operation put_object(S3& s3) {
  return at("PUT", "/{Bucket}/{Key+}", "",
            operation<Request, Response>("PutObject", "s3:PutObject",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
