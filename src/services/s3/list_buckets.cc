// ListBuckets: the caller's, by name, in pages.

#include <algorithm>
#include <functional>

#include "services/s3/listing.h"
#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Request {
  std::optional<std::int32_t> max_buckets;
  std::optional<std::string> continuation_token;
  std::optional<std::string> prefix;
  std::optional<std::string> bucket_region;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::max_buckets>("MaxBuckets", wire::query("max-buckets"),
                                          wire::range(1, 10000)),
      wire::member<&Request::continuation_token>("ContinuationToken",
                                                 wire::query("continuation-token")),
      wire::member<&Request::prefix>("Prefix", wire::query("prefix")),
      wire::member<&Request::bucket_region>("BucketRegion", wire::query("bucket-region")));
};

struct Entry {
  std::string name;
  WallTime creation_date{};
  std::string bucket_region;
  std::string bucket_arn;
  static constexpr auto shape = wire::structure(
      wire::member<&Entry::name>("Name"), wire::member<&Entry::creation_date>("CreationDate"),
      wire::member<&Entry::bucket_region>("BucketRegion"),
      wire::member<&Entry::bucket_arn>("BucketArn", wire::length(1, 128),
                                       wire::pattern("arn:[^:]+:(s3|s3express):.*")));
};

struct Response {
  std::vector<Entry> buckets;
  Owner owner;
  std::optional<std::string> continuation_token;
  std::optional<std::string> prefix;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::buckets>("Buckets", wire::item("Bucket")),
                      wire::member<&Response::owner>("Owner"),
                      wire::member<&Response::continuation_token>("ContinuationToken"),
                      wire::member<&Response::prefix>("Prefix"));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller caller, Request request) {
  std::string after;
  if (request.continuation_token && !request.continuation_token->empty()) {
    CO_ASSIGN_OR_RETURN(after, read_token(*request.continuation_token));
  }
  CO_ASSIGN_OR_RETURN(const auto buckets, s3.objects.buckets(caller.account));
  Response response;
  response.owner.id = canonical_id(caller.account);
  response.prefix = request.prefix;
  for (const objects::Bucket& bucket : buckets) {
    if (bucket.name <= after || !bucket.name.starts_with(request.prefix.value_or("")) ||
        bucket.region != request.bucket_region.value_or(bucket.region)) {
      continue;
    }
    if (request.max_buckets &&
        response.buckets.size() == static_cast<std::size_t>(*request.max_buckets)) {
      response.continuation_token = make_token(response.buckets.back().name);
      break;
    }
    response.buckets.push_back({.name = bucket.name,
                                .creation_date = bucket.created,
                                .bucket_region = bucket.region,
                                .bucket_arn = "arn:aws:s3:::" + bucket.name});
  }
  co_return response;
}

}  // namespace

Operation list_buckets(S3& s3) {
  return at("GET", "/", "ListAllMyBucketsResult",
            operation<Request, Response>("ListBuckets", "s3:ListAllMyBuckets",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
