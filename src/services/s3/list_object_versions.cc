// ListObjectVersions: no bucket has versions, so each object is its one version, "null".

#include <functional>
#include <utility>

#include "services/s3/listing.h"
#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

constexpr std::string_view kNullVersion = "null";

struct Request {
  std::string bucket;
  std::optional<std::string> delimiter;
  std::optional<std::string> encoding_type;
  std::optional<std::string> key_marker;
  std::optional<std::int32_t> max_keys;
  std::optional<std::string> prefix;
  std::optional<std::string> version_id_marker;
  std::optional<std::string> expected_bucket_owner;
  std::optional<std::string> request_payer;
  std::optional<std::vector<std::string>> optional_object_attributes;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::bucket>("Bucket", wire::required, wire::label("Bucket")),
      wire::member<&Request::delimiter>("Delimiter", wire::query("delimiter")),
      wire::member<&Request::encoding_type>("EncodingType", wire::query("encoding-type"),
                                            wire::one_of("url")),
      wire::member<&Request::key_marker>("KeyMarker", wire::query("key-marker")),
      wire::member<&Request::max_keys>("MaxKeys", wire::query("max-keys")),
      wire::member<&Request::prefix>("Prefix", wire::query("prefix")),
      wire::member<&Request::version_id_marker>("VersionIdMarker",
                                                wire::query("version-id-marker")),
      wire::member<&Request::expected_bucket_owner>("ExpectedBucketOwner",
                                                    wire::header("x-amz-expected-bucket-owner")),
      wire::member<&Request::request_payer>("RequestPayer", wire::header("x-amz-request-payer"),
                                            wire::one_of(kRequestPayers)),
      wire::member<&Request::optional_object_attributes>(
          "OptionalObjectAttributes", wire::header("x-amz-optional-object-attributes"),
          wire::each(wire::one_of(kOptionalAttributes))));
};

struct Version {
  std::string etag;
  std::optional<std::vector<std::string>> checksum_algorithm;
  std::optional<std::string> checksum_type;
  std::int64_t size = 0;
  std::string storage_class;
  std::string key;
  std::string version_id;
  bool is_latest = false;
  WallTime last_modified{};
  Owner owner;
  static constexpr auto shape = wire::structure(
      wire::member<&Version::etag>("ETag"),
      wire::member<&Version::checksum_algorithm>("ChecksumAlgorithm", wire::flattened,
                                                 wire::each(wire::one_of(kChecksumAlgorithms))),
      wire::member<&Version::checksum_type>("ChecksumType", wire::one_of(kChecksumTypes)),
      wire::member<&Version::size>("Size"),
      wire::member<&Version::storage_class>("StorageClass", wire::one_of("STANDARD")),
      wire::member<&Version::key>("Key", wire::length(1)),
      wire::member<&Version::version_id>("VersionId"),
      wire::member<&Version::is_latest>("IsLatest"),
      wire::member<&Version::last_modified>("LastModified"), wire::member<&Version::owner>("Owner"),
      wire::refused("RestoreStatus"));
};

struct Response {
  bool is_truncated = false;
  std::string key_marker;
  std::string version_id_marker;
  std::optional<std::string> next_key_marker;
  std::optional<std::string> next_version_id_marker;
  std::vector<Version> versions;
  std::string name;
  std::string prefix;
  std::optional<std::string> delimiter;
  std::int32_t max_keys = 0;
  std::vector<CommonPrefix> common_prefixes;
  std::optional<std::string> encoding_type;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::is_truncated>("IsTruncated"),
      wire::member<&Response::key_marker>("KeyMarker"),
      wire::member<&Response::version_id_marker>("VersionIdMarker"),
      wire::member<&Response::next_key_marker>("NextKeyMarker"),
      wire::member<&Response::next_version_id_marker>("NextVersionIdMarker"),
      wire::member<&Response::versions>("Versions", wire::xml_name("Version"), wire::flattened),
      wire::refused("DeleteMarkers", wire::xml_name("DeleteMarker"), wire::flattened),
      wire::member<&Response::name>("Name"), wire::member<&Response::prefix>("Prefix"),
      wire::member<&Response::delimiter>("Delimiter"), wire::member<&Response::max_keys>("MaxKeys"),
      wire::member<&Response::common_prefixes>("CommonPrefixes", wire::flattened),
      wire::member<&Response::encoding_type>("EncodingType", wire::one_of("url")),
      wire::refused("RequestCharged", wire::header("x-amz-request-charged")));
};

Version version_of(const objects::Object& object, std::string key, const std::string& owner) {
  ObjectEntry entry = object_entry(object);
  Version version;
  version.etag = std::move(entry.etag);
  version.checksum_algorithm = std::move(entry.checksum_algorithm);
  version.checksum_type = std::move(entry.checksum_type);
  version.size = entry.size;
  version.storage_class = "STANDARD";
  version.key = std::move(key);
  version.version_id = kNullVersion;
  version.is_latest = true;
  version.last_modified = object.modified;
  version.owner.id = owner;
  return version;
}

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, Request request) {
  CO_ASSIGN_OR_RETURN(const objects::Bucket bucket,
                      find_bucket(s3, request.bucket, request.expected_bucket_owner));
  CO_ASSIGN_OR_RETURN(const std::int32_t max_keys, page_size(request.max_keys, "maxKeys"));
  const KeyEncoding encode(request.encoding_type);
  Response response;
  response.name = request.bucket;
  response.prefix = encode(request.prefix.value_or(""));
  response.key_marker = encode(request.key_marker.value_or(""));
  response.version_id_marker = request.version_id_marker.value_or("");
  response.max_keys = max_keys;
  response.encoding_type = request.encoding_type;
  const bool grouped = request.delimiter && !request.delimiter->empty();
  if (grouped) response.delimiter = encode(*request.delimiter);
  if (max_keys == 0) co_return response;
  CO_ASSIGN_OR_RETURN(const objects::ListPage page,
                      s3.objects.list({.bucket = request.bucket,
                                       .prefix = request.prefix.value_or(""),
                                       .delimiter = request.delimiter.value_or(""),
                                       .after = request.key_marker.value_or(""),
                                       .max_keys = static_cast<std::size_t>(max_keys)}));
  const std::string owner = canonical_id(bucket.account);
  for (const objects::Object& object : page.objects) {
    response.versions.push_back(version_of(object, encode(object.key), owner));
  }
  response.common_prefixes = common_prefixes(page.common_prefixes, encode);
  response.is_truncated = page.truncated;
  if (page.truncated) {
    response.next_key_marker = encode(page.next);
    response.next_version_id_marker = std::string(kNullVersion);
  }
  co_return response;
}

}  // namespace

Operation list_object_versions(S3& s3) {
  return at("GET", "/{Bucket}?versions", "ListVersionsResult",
            operation<Request, Response>("ListObjectVersions", "s3:ListBucketVersions",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
