// ListParts: what of an upload is there, by number, in pages.

#include <algorithm>
#include <functional>
#include <utility>

#include "services/s3/conditions.h"
#include "services/s3/integrity.h"
#include "services/s3/listing.h"
#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Request {
  std::string bucket;
  std::string key;
  std::optional<std::int32_t> max_parts;
  std::optional<std::int32_t> part_number_marker;
  std::string upload_id;
  std::optional<std::string> request_payer;
  std::optional<std::string> expected_bucket_owner;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::bucket>("Bucket", wire::required, wire::label("Bucket")),
      wire::member<&Request::key>("Key", wire::required, wire::label("Key"), wire::length(1)),
      wire::member<&Request::max_parts>("MaxParts", wire::query("max-parts")),
      wire::member<&Request::part_number_marker>("PartNumberMarker",
                                                 wire::query("part-number-marker")),
      wire::member<&Request::upload_id>("UploadId", wire::required, wire::query("uploadId")),
      wire::member<&Request::request_payer>("RequestPayer", wire::header("x-amz-request-payer"),
                                            wire::one_of(kRequestPayers)),
      wire::member<&Request::expected_bucket_owner>("ExpectedBucketOwner",
                                                    wire::header("x-amz-expected-bucket-owner")),
      wire::refused("SSECustomerAlgorithm",
                    wire::header("x-amz-server-side-encryption-customer-algorithm")),
      wire::refused("SSECustomerKey", wire::header("x-amz-server-side-encryption-customer-key")),
      wire::refused("SSECustomerKeyMD5",
                    wire::header("x-amz-server-side-encryption-customer-key-MD5")));
};

struct Entry {
  std::int32_t part_number = 0;
  WallTime last_modified{};
  std::string etag;
  std::int64_t size = 0;
  std::optional<std::string> checksum_crc32;
  std::optional<std::string> checksum_crc32c;
  std::optional<std::string> checksum_crc64nvme;
  std::optional<std::string> checksum_sha1;
  std::optional<std::string> checksum_sha256;
  static constexpr auto shape = wire::structure(
      wire::member<&Entry::part_number>("PartNumber"),
      wire::member<&Entry::last_modified>("LastModified"), wire::member<&Entry::etag>("ETag"),
      wire::member<&Entry::size>("Size"), wire::member<&Entry::checksum_crc32>("ChecksumCRC32"),
      wire::member<&Entry::checksum_crc32c>("ChecksumCRC32C"),
      wire::member<&Entry::checksum_crc64nvme>("ChecksumCRC64NVME"),
      wire::member<&Entry::checksum_sha1>("ChecksumSHA1"),
      wire::member<&Entry::checksum_sha256>("ChecksumSHA256"), wire::refused("ChecksumSHA512"),
      wire::refused("ChecksumMD5"), wire::refused("ChecksumXXHASH64"),
      wire::refused("ChecksumXXHASH3"), wire::refused("ChecksumXXHASH128"));
};

struct Response {
  std::string bucket;
  std::string key;
  std::string upload_id;
  std::int32_t part_number_marker = 0;
  std::optional<std::int32_t> next_part_number_marker;
  std::int32_t max_parts = 0;
  bool is_truncated = false;
  std::vector<Entry> parts;
  Initiator initiator;
  Owner owner;
  std::string storage_class;
  std::optional<std::string> checksum_algorithm;
  std::optional<std::string> checksum_type;
  static constexpr auto shape = wire::structure(
      wire::refused("AbortDate", wire::header("x-amz-abort-date")),
      wire::refused("AbortRuleId", wire::header("x-amz-abort-rule-id")),
      wire::member<&Response::bucket>("Bucket"),
      wire::member<&Response::key>("Key", wire::length(1)),
      wire::member<&Response::upload_id>("UploadId"),
      wire::member<&Response::part_number_marker>("PartNumberMarker"),
      wire::member<&Response::next_part_number_marker>("NextPartNumberMarker"),
      wire::member<&Response::max_parts>("MaxParts"),
      wire::member<&Response::is_truncated>("IsTruncated"),
      wire::member<&Response::parts>("Parts", wire::xml_name("Part"), wire::flattened),
      wire::member<&Response::initiator>("Initiator"), wire::member<&Response::owner>("Owner"),
      wire::member<&Response::storage_class>("StorageClass", wire::one_of(kStorageClasses)),
      wire::refused("RequestCharged", wire::header("x-amz-request-charged")),
      wire::member<&Response::checksum_algorithm>("ChecksumAlgorithm",
                                                  wire::one_of(kChecksumAlgorithms)),
      wire::member<&Response::checksum_type>("ChecksumType", wire::one_of(kChecksumTypes)),
      wire::refused("VersionId", wire::header("x-amz-version-id")));
};

Entry entry_of(const objects::Part& part) {
  Entry entry;
  entry.part_number = static_cast<std::int32_t>(part.number);
  entry.last_modified = part.modified;
  entry.etag = quoted(part.etag);
  entry.size = static_cast<std::int64_t>(part.size);
  if (part.checksum) show_checksum(entry, *part.checksum);
  return entry;
}

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, Request request) {
  CO_ASSIGN_OR_RETURN(const objects::Bucket bucket,
                      find_bucket(s3, request.bucket, request.expected_bucket_owner));
  CO_ASSIGN_OR_RETURN(const std::int32_t max_parts, page_size(request.max_parts, "max-parts"));
  CO_ASSIGN_OR_RETURN(const objects::Upload upload,
                      s3.objects.upload(request.bucket, request.key, request.upload_id));
  CO_ASSIGN_OR_RETURN(const std::vector<objects::Part> parts,
                      s3.objects.parts(request.bucket, request.key, request.upload_id));
  Response response;
  response.part_number_marker = std::max(request.part_number_marker.value_or(0), 0);
  response.max_parts = max_parts;
  for (const objects::Part& part : parts) {
    if (static_cast<std::int32_t>(part.number) <= response.part_number_marker) continue;
    if (response.parts.size() == static_cast<std::size_t>(max_parts)) {
      response.is_truncated = true;
      break;
    }
    response.parts.push_back(entry_of(part));
  }
  response.next_part_number_marker =
      response.parts.empty() ? response.part_number_marker : response.parts.back().part_number;
  response.bucket = std::move(request.bucket);
  response.key = std::move(request.key);
  response.upload_id = std::move(request.upload_id);
  response.owner.id = canonical_id(bucket.account);
  response.initiator.id = response.owner.id;
  response.storage_class = "STANDARD";
  if (upload.algorithm) {
    response.checksum_algorithm = std::string(objects::name(*upload.algorithm));
    response.checksum_type = std::string(name(upload.checksum_type));
  }
  co_return response;
}

}  // namespace

Operation list_parts(S3& s3) {
  return at("GET", "/{Bucket}/{Key+}", "ListPartsResult",
            operation<Request, Response>("ListParts", "s3:ListMultipartUploadParts",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
