// ListObjectsV2: a bucket's objects by key, in pages that a token continues.

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
  std::optional<std::int32_t> max_keys;
  std::optional<std::string> prefix;
  std::optional<std::string> continuation_token;
  std::optional<bool> fetch_owner;
  std::optional<std::string> start_after;
  std::optional<std::string> request_payer;
  std::optional<std::string> expected_bucket_owner;
  std::optional<std::vector<std::string>> optional_object_attributes;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::bucket>("Bucket", wire::required, wire::label("Bucket")),
      wire::member<&Request::delimiter>("Delimiter", wire::query("delimiter")),
      wire::member<&Request::encoding_type>("EncodingType", wire::query("encoding-type"),
                                            wire::one_of("url")),
      wire::member<&Request::max_keys>("MaxKeys", wire::query("max-keys")),
      wire::member<&Request::prefix>("Prefix", wire::query("prefix")),
      wire::member<&Request::continuation_token>("ContinuationToken",
                                                 wire::query("continuation-token")),
      wire::member<&Request::fetch_owner>("FetchOwner", wire::query("fetch-owner")),
      wire::member<&Request::start_after>("StartAfter", wire::query("start-after")),
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
  std::vector<ObjectEntry> contents;
  std::string name;
  std::string prefix;
  std::optional<std::string> delimiter;
  std::int32_t max_keys = 0;
  std::vector<CommonPrefix> common_prefixes;
  std::optional<std::string> encoding_type;
  std::int32_t key_count = 0;
  std::optional<std::string> continuation_token;
  std::optional<std::string> next_continuation_token;
  std::optional<std::string> start_after;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::is_truncated>("IsTruncated"),
      wire::member<&Response::contents>("Contents", wire::flattened),
      wire::member<&Response::name>("Name"), wire::member<&Response::prefix>("Prefix"),
      wire::member<&Response::delimiter>("Delimiter"), wire::member<&Response::max_keys>("MaxKeys"),
      wire::member<&Response::common_prefixes>("CommonPrefixes", wire::flattened),
      wire::member<&Response::encoding_type>("EncodingType", wire::one_of("url")),
      wire::member<&Response::key_count>("KeyCount"),
      wire::member<&Response::continuation_token>("ContinuationToken"),
      wire::member<&Response::next_continuation_token>("NextContinuationToken"),
      wire::member<&Response::start_after>("StartAfter"),
      wire::refused("RequestCharged", wire::header("x-amz-request-charged")));
};

// The answer as far as the request decides it.
Response echo(const Request& request, std::int32_t max_keys) {
  const KeyEncoding encode(request.encoding_type);
  Response response;
  response.name = request.bucket;
  response.prefix = encode(request.prefix.value_or(""));
  response.max_keys = max_keys;
  response.encoding_type = request.encoding_type;
  response.continuation_token = request.continuation_token;
  if (request.delimiter && !request.delimiter->empty()) {
    response.delimiter = encode(*request.delimiter);
  }
  if (request.start_after) response.start_after = encode(*request.start_after);
  return response;
}

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, Request request) {
  CO_ASSIGN_OR_RETURN(const objects::Bucket bucket,
                      find_bucket(s3, request.bucket, request.expected_bucket_owner));
  CO_ASSIGN_OR_RETURN(const std::int32_t max_keys, page_size(request.max_keys, "maxKeys"));
  std::string after = request.start_after.value_or("");
  if (request.continuation_token) {
    CO_ASSIGN_OR_RETURN(after, read_token(*request.continuation_token));
  }
  Response response = echo(request, max_keys);
  if (max_keys == 0) co_return response;
  CO_ASSIGN_OR_RETURN(const objects::ListPage page,
                      s3.objects.list({.bucket = request.bucket,
                                       .prefix = request.prefix.value_or(""),
                                       .delimiter = request.delimiter.value_or(""),
                                       .after = std::move(after),
                                       .max_keys = static_cast<std::size_t>(max_keys)}));
  const KeyEncoding encode(request.encoding_type);
  for (const objects::Object& object : page.objects) {
    ObjectEntry& entry = response.contents.emplace_back(object_entry(object));
    entry.key = encode(object.key);
    if (request.fetch_owner.value_or(false))
      entry.owner.emplace().id = canonical_id(bucket.account);
  }
  response.common_prefixes = common_prefixes(page.common_prefixes, encode);
  response.key_count = static_cast<std::int32_t>(page.objects.size() + page.common_prefixes.size());
  response.is_truncated = page.truncated;
  if (page.truncated) response.next_continuation_token = make_token(page.next);
  co_return response;
}

}  // namespace

Operation list_objects_v2(S3& s3) {
  return at("GET", "/{Bucket}?list-type=2", "ListBucketResult",
            operation<Request, Response>("ListObjectsV2", "s3:ListBucket",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
