// HeadBucket: whether it is there, and in which region.

#include <functional>

#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Response {
  std::string bucket_arn;
  std::string bucket_region;
  bool access_point_alias = false;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::bucket_arn>("BucketArn", wire::header("x-amz-bucket-arn"),
                                          wire::length(1, 128),
                                          wire::pattern("arn:[^:]+:(s3|s3express):.*")),
      wire::refused("BucketLocationType", wire::header("x-amz-bucket-location-type")),
      wire::refused("BucketLocationName", wire::header("x-amz-bucket-location-name")),
      wire::member<&Response::bucket_region>("BucketRegion", wire::header("x-amz-bucket-region"),
                                             wire::length(0, 20)),
      wire::member<&Response::access_point_alias>("AccessPointAlias",
                                                  wire::header("x-amz-access-point-alias")));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, BucketRequest request) {
  CO_ASSIGN_OR_RETURN(const objects::Bucket bucket,
                      find_bucket(s3, request.bucket, request.expected_bucket_owner));
  Response response;
  response.bucket_arn = "arn:aws:s3:::" + bucket.name;
  response.bucket_region = bucket.region;
  co_return response;
}

}  // namespace

Operation head_bucket(S3& s3) {
  return at("HEAD", "/{Bucket}", "",
            operation<BucketRequest, Response>("HeadBucket", "s3:ListBucket",
                                               std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
