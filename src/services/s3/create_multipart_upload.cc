// CreateMultipartUpload: an upload that lives until it is completed, aborted or its bucket goes.

#include <functional>
#include <utility>

#include "services/s3/attributes.h"
#include "services/s3/integrity.h"
#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Request {
  std::optional<std::string> acl;
  std::string bucket;
  std::optional<std::string> cache_control;
  std::optional<std::string> content_disposition;
  std::optional<std::string> content_encoding;
  std::optional<std::string> content_language;
  std::optional<std::string> content_type;
  std::optional<std::string> expires;
  std::string key;
  std::optional<std::map<std::string, std::string>> metadata;
  std::optional<std::string> storage_class;
  std::optional<std::string> request_payer;
  std::optional<std::string> expected_bucket_owner;
  std::optional<std::string> checksum_algorithm;
  std::optional<std::string> checksum_type;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::acl>("ACL", wire::header("x-amz-acl"), wire::one_of(kObjectAcls)),
      wire::member<&Request::bucket>("Bucket", wire::required, wire::label("Bucket")),
      wire::member<&Request::cache_control>("CacheControl", wire::header("Cache-Control")),
      wire::member<&Request::content_disposition>("ContentDisposition",
                                                  wire::header("Content-Disposition")),
      wire::member<&Request::content_encoding>("ContentEncoding", wire::header("Content-Encoding")),
      wire::member<&Request::content_language>("ContentLanguage", wire::header("Content-Language")),
      wire::member<&Request::content_type>("ContentType", wire::header("Content-Type")),
      wire::member<&Request::expires>("Expires", wire::header("Expires")),
      wire::refused("GrantFullControl", wire::header("x-amz-grant-full-control")),
      wire::refused("GrantRead", wire::header("x-amz-grant-read")),
      wire::refused("GrantReadACP", wire::header("x-amz-grant-read-acp")),
      wire::refused("GrantWriteACP", wire::header("x-amz-grant-write-acp")),
      wire::member<&Request::key>("Key", wire::required, wire::label("Key"), wire::length(1)),
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
      wire::member<&Request::checksum_algorithm>("ChecksumAlgorithm",
                                                 wire::header("x-amz-checksum-algorithm"),
                                                 wire::one_of(kChecksumAlgorithms)),
      wire::member<&Request::checksum_type>("ChecksumType", wire::header("x-amz-checksum-type"),
                                            wire::one_of(kChecksumTypes)));
};

struct Response {
  std::string bucket;
  std::string key;
  std::string upload_id;
  std::optional<std::string> checksum_algorithm;
  std::optional<std::string> checksum_type;
  static constexpr auto shape = wire::structure(
      wire::refused("AbortDate", wire::header("x-amz-abort-date")),
      wire::refused("AbortRuleId", wire::header("x-amz-abort-rule-id")),
      wire::member<&Response::bucket>("Bucket"),
      wire::member<&Response::key>("Key", wire::length(1)),
      wire::member<&Response::upload_id>("UploadId"),
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
      wire::refused("RequestCharged", wire::header("x-amz-request-charged")),
      wire::member<&Response::checksum_algorithm>("ChecksumAlgorithm",
                                                  wire::header("x-amz-checksum-algorithm"),
                                                  wire::one_of(kChecksumAlgorithms)),
      wire::member<&Response::checksum_type>("ChecksumType", wire::header("x-amz-checksum-type"),
                                             wire::one_of(kChecksumTypes)),
      wire::refused("VersionId", wire::header("x-amz-version-id")));
};

// The algorithm and type that the upload's parts and object will have. Unless asked otherwise, SHA
// checksums are of the parts' and CRC64NVME of the whole; CRC32 and CRC32C can be either.
Status choose_checksum(const Request& request, objects::Upload& upload) {
  using enum objects::ChecksumAlgorithm;
  if (!request.checksum_algorithm) {
    if (request.checksum_type) {
      return fail(ErrorCode::kInvalidArgument,
                  "The x-amz-checksum-type header can only be used with the "
                  "x-amz-checksum-algorithm header.",
                  "InvalidRequest");
    }
    upload.algorithm = kCrc64Nvme;
    upload.checksum_type = objects::ChecksumType::kFullObject;
    return {};
  }
  upload.algorithm = objects::parse_checksum_algorithm(*request.checksum_algorithm);
  if (!upload.algorithm) {
    return fail(
        ErrorCode::kNotImplemented,
        "Headrace does not support checksums of the algorithm " + *request.checksum_algorithm,
        "checksumAlgorithm");
  }
  const bool only_full = upload.algorithm == kCrc64Nvme;
  const bool only_composite = upload.algorithm == kSha1 || upload.algorithm == kSha256;
  const bool full = request.checksum_type ? *request.checksum_type == "FULL_OBJECT" : only_full;
  if ((full && only_composite) || (!full && only_full)) {
    return fail(ErrorCode::kInvalidArgument,
                "The " + *request.checksum_type + " checksum type cannot be used with the " +
                    std::string(objects::name(*upload.algorithm)) + " checksum algorithm.",
                "InvalidRequest");
  }
  upload.checksum_type =
      full ? objects::ChecksumType::kFullObject : objects::ChecksumType::kComposite;
  return {};
}

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, Request request) {
  CO_RETURN_IF_ERROR(check_placement(request.acl, request.storage_class));
  objects::Upload upload;
  upload.bucket = request.bucket;
  upload.key = request.key;
  upload.attributes = attributes_of(request);
  CO_RETURN_IF_ERROR(check_attributes(upload.attributes));
  CO_RETURN_IF_ERROR(choose_checksum(request, upload));
  if (auto found = find_bucket(s3, request.bucket, request.expected_bucket_owner); !found) {
    co_return std::unexpected(std::move(found).error());
  }
  CO_ASSIGN_OR_RETURN(const objects::Upload created,
                      co_await s3.objects.create_upload(std::move(upload)));
  Response response;
  response.bucket = std::move(request.bucket);
  response.key = std::move(request.key);
  response.upload_id = created.id;
  if (request.checksum_algorithm) {
    response.checksum_algorithm = std::move(request.checksum_algorithm);
    response.checksum_type = std::string(name(created.checksum_type));
  }
  co_return response;
}

}  // namespace

Operation create_multipart_upload(S3& s3) {
  return at("POST", "/{Bucket}/{Key+}?uploads", "InitiateMultipartUploadResult",
            operation<Request, Response>("CreateMultipartUpload", "s3:PutObject",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
