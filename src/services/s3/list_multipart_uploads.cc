// ListMultipartUploads: a bucket's unfinished uploads, by key and time, in pages.

#include <functional>
#include <utility>

#include "services/s3/integrity.h"
#include "services/s3/listing.h"
#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Request {
  std::string bucket;
  std::optional<std::string> delimiter;
  std::optional<std::string> encoding_type;
  std::optional<std::string> key_marker;
  std::optional<std::int32_t> max_uploads;
  std::optional<std::string> prefix;
  std::optional<std::string> upload_id_marker;
  std::optional<std::string> expected_bucket_owner;
  std::optional<std::string> request_payer;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::bucket>("Bucket", wire::required, wire::label("Bucket")),
      wire::member<&Request::delimiter>("Delimiter", wire::query("delimiter")),
      wire::member<&Request::encoding_type>("EncodingType", wire::query("encoding-type"),
                                            wire::one_of("url")),
      wire::member<&Request::key_marker>("KeyMarker", wire::query("key-marker")),
      wire::member<&Request::max_uploads>("MaxUploads", wire::query("max-uploads")),
      wire::member<&Request::prefix>("Prefix", wire::query("prefix")),
      wire::member<&Request::upload_id_marker>("UploadIdMarker", wire::query("upload-id-marker")),
      wire::member<&Request::expected_bucket_owner>("ExpectedBucketOwner",
                                                    wire::header("x-amz-expected-bucket-owner")),
      wire::member<&Request::request_payer>("RequestPayer", wire::header("x-amz-request-payer"),
                                            wire::one_of(kRequestPayers)));
};

struct Entry {
  std::string upload_id;
  std::string key;
  WallTime initiated{};
  std::string storage_class;
  Owner owner;
  Initiator initiator;
  std::optional<std::string> checksum_algorithm;
  std::optional<std::string> checksum_type;
  static constexpr auto shape = wire::structure(
      wire::member<&Entry::upload_id>("UploadId"),
      wire::member<&Entry::key>("Key", wire::length(1)),
      wire::member<&Entry::initiated>("Initiated"),
      wire::member<&Entry::storage_class>("StorageClass", wire::one_of(kStorageClasses)),
      wire::member<&Entry::owner>("Owner"), wire::member<&Entry::initiator>("Initiator"),
      wire::member<&Entry::checksum_algorithm>("ChecksumAlgorithm",
                                               wire::one_of(kChecksumAlgorithms)),
      wire::member<&Entry::checksum_type>("ChecksumType", wire::one_of(kChecksumTypes)),
      wire::refused("VersionId"));
};

struct Response {
  std::string bucket;
  std::string key_marker;
  std::string upload_id_marker;
  std::optional<std::string> next_key_marker;
  std::string prefix;
  std::optional<std::string> delimiter;
  std::optional<std::string> next_upload_id_marker;
  std::int32_t max_uploads = 0;
  bool is_truncated = false;
  std::vector<Entry> uploads;
  std::vector<CommonPrefix> common_prefixes;
  std::optional<std::string> encoding_type;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::bucket>("Bucket"), wire::member<&Response::key_marker>("KeyMarker"),
      wire::member<&Response::upload_id_marker>("UploadIdMarker"),
      wire::member<&Response::next_key_marker>("NextKeyMarker"),
      wire::member<&Response::prefix>("Prefix"), wire::member<&Response::delimiter>("Delimiter"),
      wire::member<&Response::next_upload_id_marker>("NextUploadIdMarker"),
      wire::member<&Response::max_uploads>("MaxUploads"),
      wire::member<&Response::is_truncated>("IsTruncated"),
      wire::member<&Response::uploads>("Uploads", wire::xml_name("Upload"), wire::flattened),
      wire::member<&Response::common_prefixes>("CommonPrefixes", wire::flattened),
      wire::member<&Response::encoding_type>("EncodingType", wire::one_of("url")),
      wire::refused("RequestCharged", wire::header("x-amz-request-charged")));
};

Entry entry_of(const objects::Upload& upload, std::string key, const std::string& owner) {
  Entry entry;
  entry.upload_id = upload.id;
  entry.key = std::move(key);
  entry.initiated = upload.initiated;
  entry.storage_class = "STANDARD";
  entry.owner.id = owner;
  entry.initiator.id = owner;
  if (upload.algorithm) {
    entry.checksum_algorithm = std::string(objects::name(*upload.algorithm));
    entry.checksum_type = std::string(name(upload.checksum_type));
  }
  return entry;
}

// Where the next page goes on: after the last upload or common prefix of this one.
void show_next(const objects::UploadPage& page, const KeyEncoding& encode, Response& response) {
  const std::string key = page.uploads.empty() ? "" : page.uploads.back().key;
  const std::string prefix = page.common_prefixes.empty() ? "" : page.common_prefixes.back();
  response.next_key_marker = encode(std::max(key, prefix));
  response.next_upload_id_marker =
      key >= prefix && !page.uploads.empty() ? page.uploads.back().id : "";
}

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, Request request) {
  CO_ASSIGN_OR_RETURN(const objects::Bucket bucket,
                      find_bucket(s3, request.bucket, request.expected_bucket_owner));
  CO_ASSIGN_OR_RETURN(const std::int32_t max_uploads,
                      page_size(request.max_uploads, "max-uploads"));
  const KeyEncoding encode(request.encoding_type);
  Response response;
  response.bucket = request.bucket;
  response.prefix = encode(request.prefix.value_or(""));
  response.key_marker = encode(request.key_marker.value_or(""));
  response.upload_id_marker = request.upload_id_marker.value_or("");
  response.max_uploads = max_uploads;
  response.encoding_type = request.encoding_type;
  if (request.delimiter && !request.delimiter->empty()) {
    response.delimiter = encode(*request.delimiter);
  }
  if (max_uploads == 0) co_return response;
  CO_ASSIGN_OR_RETURN(
      const objects::UploadPage page,
      s3.objects.uploads(request.bucket, request.prefix.value_or(""),
                         request.delimiter.value_or(""), request.key_marker.value_or(""),
                         request.upload_id_marker.value_or(""),
                         static_cast<std::size_t>(max_uploads)));
  const std::string owner = canonical_id(bucket.account);
  for (const objects::Upload& upload : page.uploads) {
    response.uploads.push_back(entry_of(upload, encode(upload.key), owner));
  }
  response.common_prefixes = common_prefixes(page.common_prefixes, encode);
  response.is_truncated = page.truncated;
  if (page.truncated) show_next(page, encode, response);
  co_return response;
}

}  // namespace

Operation list_multipart_uploads(S3& s3) {
  return at("GET", "/{Bucket}?uploads", "ListMultipartUploadsResult",
            operation<Request, Response>("ListMultipartUploads", "s3:ListBucketMultipartUploads",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
