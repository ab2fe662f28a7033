// UploadPart: one part of an upload, replacing an earlier one of its number.

#include "services/s3/upload_part.h"

#include <functional>
#include <utility>

#include "services/s3/conditions.h"
#include "services/s3/integrity.h"
#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Request {
  http::Body* body = nullptr;
  std::string bucket;
  std::optional<std::int64_t> content_length;
  std::optional<std::string> content_md5;
  std::optional<std::string> checksum_algorithm;
  std::optional<std::string> checksum_crc32;
  std::optional<std::string> checksum_crc32c;
  std::optional<std::string> checksum_crc64nvme;
  std::optional<std::string> checksum_sha1;
  std::optional<std::string> checksum_sha256;
  std::string key;
  std::int32_t part_number = 0;
  std::string upload_id;
  std::optional<std::string> request_payer;
  std::optional<std::string> expected_bucket_owner;
  std::optional<std::string> trailer;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::body>("Body", wire::payload()),
      wire::member<&Request::bucket>("Bucket", wire::required, wire::label("Bucket")),
      wire::member<&Request::content_length>("ContentLength", wire::header("Content-Length")),
      wire::member<&Request::content_md5>("ContentMD5", wire::header("Content-MD5")),
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
      wire::member<&Request::key>("Key", wire::required, wire::label("Key"), wire::length(1)),
      wire::member<&Request::part_number>("PartNumber", wire::required, wire::query("partNumber")),
      wire::member<&Request::upload_id>("UploadId", wire::required, wire::query("uploadId")),
      wire::refused("SSECustomerAlgorithm",
                    wire::header("x-amz-server-side-encryption-customer-algorithm")),
      wire::refused("SSECustomerKey", wire::header("x-amz-server-side-encryption-customer-key")),
      wire::refused("SSECustomerKeyMD5",
                    wire::header("x-amz-server-side-encryption-customer-key-MD5")),
      wire::member<&Request::request_payer>("RequestPayer", wire::header("x-amz-request-payer"),
                                            wire::one_of(kRequestPayers)),
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
  static constexpr auto shape = wire::structure(
      wire::refused("ServerSideEncryption", wire::header("x-amz-server-side-encryption")),
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

// Parts carry the checksum that the upload was created for; where none was asked for then, any.
Status check_algorithm(const objects::Upload& upload, const Integrity& integrity) {
  const objects::ChecksumAlgorithm expected = part_algorithm(upload);
  if (expected == objects::ChecksumAlgorithm::kCrc64Nvme || !integrity.has_checksum() ||
      integrity.algorithm() == expected) {
    return {};
  }
  return fail(ErrorCode::kInvalidArgument,
              "Checksum Type mismatch occurred, expected checksum Type: " +
                  std::string(objects::name(expected)) +
                  ", actual checksum Type: " + std::string(objects::name(integrity.algorithm())),
              "InvalidRequest");
}

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, Request request) {
  CO_RETURN_IF_ERROR(check_part_number(request.part_number));
  DeclaredIntegrity declared{.content_md5 = request.content_md5,
                             .checksums = checksum_texts(request),
                             .algorithm = request.checksum_algorithm,
                             .trailer = request.trailer};
  CO_ASSIGN_OR_RETURN(const Integrity integrity, Integrity::parse(declared));
  if (auto found = find_bucket(s3, request.bucket, request.expected_bucket_owner); !found) {
    co_return std::unexpected(std::move(found).error());
  }
  CO_ASSIGN_OR_RETURN(const objects::Upload upload,
                      s3.objects.upload(request.bucket, request.key, request.upload_id));
  CO_RETURN_IF_ERROR(check_algorithm(upload, integrity));
  const objects::ChecksumAlgorithm kept = part_algorithm(upload);
  const objects::ChecksumAlgorithm told = integrity.has_checksum() ? integrity.algorithm() : kept;
  objects::Ingest ingest = s3.objects.ingest();
  ingest.compute(kept);
  if (told != kept) ingest.compute(told);
  CO_RETURN_IF_ERROR(co_await receive(*request.body, ingest, objects::ObjectStore::kPutBytesMax));
  const objects::Checksum shown{.algorithm = told, .value = ingest.checksum(told)};
  CO_RETURN_IF_ERROR(integrity.verify(*request.body, ingest.md5(), shown.value));
  objects::Checksum checksum{.algorithm = kept, .value = ingest.checksum(kept)};
  CO_ASSIGN_OR_RETURN(
      const objects::Part part,
      co_await s3.objects.put_part(
          std::move(request.bucket), std::move(request.key), std::move(request.upload_id),
          static_cast<std::uint32_t>(request.part_number), ingest, std::move(checksum)));
  Response response;
  response.etag = quoted(part.etag);
  show_checksum(response, shown);
  co_return response;
}

}  // namespace

Status check_part_number(std::int32_t number) {
  if (number >= 1 && number <= static_cast<std::int32_t>(objects::ObjectStore::kPartsMax))
    return {};
  return fail(ErrorCode::kInvalidArgument,
              "Part number must be an integer between 1 and 10000, inclusive");
}

objects::ChecksumAlgorithm part_algorithm(const objects::Upload& upload) {
  return upload.algorithm.value_or(objects::ChecksumAlgorithm::kCrc64Nvme);
}

Operation upload_part(S3& s3) {
  return at("PUT", "/{Bucket}/{Key+}", "",
            operation<Request, Response>("UploadPart", "s3:PutObject",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
