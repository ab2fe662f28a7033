// ListObjects: the first version, which pages by key.

#include <functional>
#include <utility>

#include "services/s3/listing.h"
#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Request {
  std::string bucket;
  std::optional<std::string> delimiter;
  std::optional<std::string> encoding_type;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_keys;
  std::optional<std::string> prefix;
  std::optional<std::string> request_payer;
  std::optional<std::string> expected_bucket_owner;
  std::optional<std::vector<std::string>> optional_object_attributes;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::bucket>("Bucket", wire::required, wire::label("Bucket")),
      wire::member<&Request::delimiter>("Delimiter", wire::query("delimiter")),
      wire::member<&Request::encoding_type>("EncodingType", wire::query("encoding-type"),
                                            wire::one_of("url")),
      wire::member<&Request::marker>("Marker", wire::query("marker")),
      wire::member<&Request::max_keys>("MaxKeys", wire::query("max-keys")),
      wire::member<&Request::prefix>("Prefix", wire::query("prefix")),
      wire::member<&Request::request_payer>("RequestPayer", wire::header("x-amz-request-payer"),
                                            wire::one_of(kRequestPayers)),
      wire::member<&Request::expected_bucket_owner>("ExpectedBucketOwner",
                                                    wire::header("x-amz-expected-bucket-owner")),
      wire::member<&Request::optional_object_attributes>(
          "OptionalObjectAttributes", wire::header("x-amz-optional-object-attributes"),
          wire::each(wire::one_of(kOptionalAttributes))));
};

struct Response {
  bool is_truncated = false;
  std::string marker;
  std::optional<std::string> next_marker;
  std::vector<ObjectEntry> contents;
  std::string name;
  std::string prefix;
  std::optional<std::string> delimiter;
  std::int32_t max_keys = 0;
  std::vector<CommonPrefix> common_prefixes;
  std::optional<std::string> encoding_type;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::is_truncated>("IsTruncated"),
      wire::member<&Response::marker>("Marker"), wire::member<&Response::next_marker>("NextMarker"),
      wire::member<&Response::contents>("Contents", wire::flattened),
      wire::member<&Response::name>("Name"), wire::member<&Response::prefix>("Prefix"),
      wire::member<&Response::delimiter>("Delimiter"), wire::member<&Response::max_keys>("MaxKeys"),
      wire::member<&Response::common_prefixes>("CommonPrefixes", wire::flattened),
      wire::member<&Response::encoding_type>("EncodingType", wire::one_of("url")),
      wire::refused("RequestCharged", wire::header("x-amz-request-charged")));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, Request request) {
  CO_ASSIGN_OR_RETURN(const objects::Bucket bucket,
                      find_bucket(s3, request.bucket, request.expected_bucket_owner));
  CO_ASSIGN_OR_RETURN(const std::int32_t max_keys, page_size(request.max_keys, "maxKeys"));
  const KeyEncoding encode(request.encoding_type);
  Response response;
  response.name = request.bucket;
  response.prefix = encode(request.prefix.value_or(""));
  response.marker = encode(request.marker.value_or(""));
  response.max_keys = max_keys;
  response.encoding_type = request.encoding_type;
  const bool grouped = request.delimiter && !request.delimiter->empty();
  if (grouped) response.delimiter = encode(*request.delimiter);
  if (max_keys == 0) co_return response;
  CO_ASSIGN_OR_RETURN(const objects::ListPage page,
                      s3.objects.list({.bucket = request.bucket,
                                       .prefix = request.prefix.value_or(""),
                                       .delimiter = request.delimiter.value_or(""),
                                       .after = request.marker.value_or(""),
                                       .max_keys = static_cast<std::size_t>(max_keys)}));
  const std::string owner = canonical_id(bucket.account);
  for (const objects::Object& object : page.objects) {
    ObjectEntry& entry = response.contents.emplace_back(object_entry(object));
    entry.key = encode(object.key);
    entry.owner.emplace().id = owner;
  }
  response.common_prefixes = common_prefixes(page.common_prefixes, encode);
  response.is_truncated = page.truncated;
  // Without a delimiter the last key serves, and S3 leaves the member out.
  if (page.truncated && grouped) response.next_marker = encode(page.next);
  co_return response;
}

}  // namespace

Operation list_objects(S3& s3) {
  return at("GET", "/{Bucket}", "ListBucketResult",
            operation<Request, Response>("ListObjects", "s3:ListBucket",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
