// UploadPartCopy: a part made of a range of another object's bytes.

#include <functional>
#include <memory>
#include <utility>

#include "services/s3/conditions.h"
#include "services/s3/copy_source.h"
#include "services/s3/integrity.h"
#include "services/s3/object_body.h"
#include "services/s3/s3.h"
#include "services/s3/shapes.h"
#include "services/s3/upload_part.h"

namespace headrace::services::s3 {
namespace {

struct Request {
  std::string bucket;
  std::string copy_source;
  std::optional<std::string> copy_source_if_match;
  std::optional<WallTime> copy_source_if_modified_since;
  std::optional<std::string> copy_source_if_none_match;
  std::optional<WallTime> copy_source_if_unmodified_since;
  std::optional<std::string> copy_source_range;
  std::string key;
  std::int32_t part_number = 0;
  std::string upload_id;
  std::optional<std::string> request_payer;
  std::optional<std::string> expected_bucket_owner;
  std::optional<std::string> expected_source_bucket_owner;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::bucket>("Bucket", wire::required, wire::label("Bucket")),
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
      wire::member<&Request::copy_source_range>("CopySourceRange",
                                                wire::header("x-amz-copy-source-range")),
      wire::member<&Request::key>("Key", wire::required, wire::label("Key"), wire::length(1)),
      wire::member<&Request::part_number>("PartNumber", wire::required, wire::query("partNumber")),
      wire::member<&Request::upload_id>("UploadId", wire::required, wire::query("uploadId")),
      wire::refused("SSECustomerAlgorithm",
                    wire::header("x-amz-server-side-encryption-customer-algorithm")),
      wire::refused("SSECustomerKey", wire::header("x-amz-server-side-encryption-customer-key")),
      wire::refused("SSECustomerKeyMD5",
                    wire::header("x-amz-server-side-encryption-customer-key-MD5")),
      wire::refused("CopySourceSSECustomerAlgorithm",
                    wire::header("x-amz-copy-source-server-side-encryption-customer-algorithm")),
      wire::refused("CopySourceSSECustomerKey",
                    wire::header("x-amz-copy-source-server-side-encryption-customer-key")),
      wire::refused("CopySourceSSECustomerKeyMD5",
                    wire::header("x-amz-copy-source-server-side-encryption-customer-key-MD5")),
      wire::member<&Request::request_payer>("RequestPayer", wire::header("x-amz-request-payer"),
                                            wire::one_of(kRequestPayers)),
      wire::member<&Request::expected_bucket_owner>("ExpectedBucketOwner",
                                                    wire::header("x-amz-expected-bucket-owner")),
      wire::member<&Request::expected_source_bucket_owner>(
          "ExpectedSourceBucketOwner", wire::header("x-amz-source-expected-bucket-owner")));
};

struct PartResult {
  std::optional<std::string> etag;
  std::optional<WallTime> last_modified;
  std::optional<std::string> checksum_crc32;
  std::optional<std::string> checksum_crc32c;
  std::optional<std::string> checksum_crc64nvme;
  std::optional<std::string> checksum_sha1;
  std::optional<std::string> checksum_sha256;
  static constexpr auto shape = wire::structure(
      wire::member<&PartResult::etag>("ETag"),
      wire::member<&PartResult::last_modified>("LastModified"),
      wire::member<&PartResult::checksum_crc32>("ChecksumCRC32"),
      wire::member<&PartResult::checksum_crc32c>("ChecksumCRC32C"),
      wire::member<&PartResult::checksum_crc64nvme>("ChecksumCRC64NVME"),
      wire::member<&PartResult::checksum_sha1>("ChecksumSHA1"),
      wire::member<&PartResult::checksum_sha256>("ChecksumSHA256"), wire::refused("ChecksumSHA512"),
      wire::refused("ChecksumMD5"), wire::refused("ChecksumXXHASH64"),
      wire::refused("ChecksumXXHASH3"), wire::refused("ChecksumXXHASH128"));
};

struct Response {
  PartResult copy_part_result;
  static constexpr auto shape = wire::structure(
      wire::refused("CopySourceVersionId", wire::header("x-amz-copy-source-version-id")),
      wire::member<&Response::copy_part_result>("CopyPartResult", wire::payload()),
      wire::refused("ServerSideEncryption", wire::header("x-amz-server-side-encryption")),
      wire::refused("SSECustomerAlgorithm",
                    wire::header("x-amz-server-side-encryption-customer-algorithm")),
      wire::refused("SSECustomerKeyMD5",
                    wire::header("x-amz-server-side-encryption-customer-key-MD5")),
      wire::refused("SSEKMSKeyId", wire::header("x-amz-server-side-encryption-aws-kms-key-id")),
      wire::refused("BucketKeyEnabled",
                    wire::header("x-amz-server-side-encryption-bucket-key-enabled")),
      wire::refused("RequestCharged", wire::header("x-amz-request-charged")),
      wire::refused("VersionId", wire::header("x-amz-version-id")));
};

Result<objects::Object> find_source(const S3& s3, const Request& request) {
  ASSIGN_OR_RETURN(const CopySource from, parse_copy_source(request.copy_source));
  ASSIGN_OR_RETURN(objects::Object object, find_object(s3, from.bucket, from.key, from.version_id,
                                                       request.expected_source_bucket_owner));
  RETURN_IF_ERROR(
      check_copy_source({.if_match = request.copy_source_if_match,
                         .if_none_match = request.copy_source_if_none_match,
                         .if_modified_since = request.copy_source_if_modified_since,
                         .if_unmodified_since = request.copy_source_if_unmodified_since},
                        object));
  return object;
}

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, Request request) {
  CO_RETURN_IF_ERROR(check_part_number(request.part_number));
  if (auto found = find_bucket(s3, request.bucket, request.expected_bucket_owner); !found) {
    co_return std::unexpected(std::move(found).error());
  }
  CO_ASSIGN_OR_RETURN(const objects::Upload upload,
                      s3.objects.upload(request.bucket, request.key, request.upload_id));
  CO_ASSIGN_OR_RETURN(objects::Object found, find_source(s3, request));
  ByteRange range{.first = 0, .size = found.size};
  if (request.copy_source_range) {
    CO_ASSIGN_OR_RETURN(range, parse_copy_range(*request.copy_source_range, found.size));
  }
  if (range.size > objects::ObjectStore::kPutBytesMax) {
    co_return fail(ErrorCode::kEntityTooLarge,
                   "Your proposed upload exceeds the maximum allowed size");
  }
  const auto source = std::make_shared<const objects::Object>(std::move(found));
  const objects::ChecksumAlgorithm algorithm = part_algorithm(upload);
  objects::Ingest ingest = s3.objects.ingest();
  ingest.compute(algorithm);
  CO_RETURN_IF_ERROR(co_await copy_bytes(s3.objects, source, range, ingest));
  objects::Checksum checksum{.algorithm = algorithm, .value = ingest.checksum(algorithm)};
  CO_ASSIGN_OR_RETURN(
      const objects::Part part,
      co_await s3.objects.put_part(
          std::move(request.bucket), std::move(request.key), std::move(request.upload_id),
          static_cast<std::uint32_t>(request.part_number), ingest, checksum));
  Response response;
  response.copy_part_result.etag = quoted(part.etag);
  response.copy_part_result.last_modified = part.modified;
  show_checksum(response.copy_part_result, checksum);
  co_return response;
}

}  // namespace

Operation upload_part_copy(S3& s3) {
  return at("PUT", "/{Bucket}/{Key+}", "",
            operation<Request, Response>("UploadPartCopy", "s3:PutObject",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
