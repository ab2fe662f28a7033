// GetBucketLocation: the region, as a root element that holds text.

#include <functional>

#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

// The model has the member in the body; the real answer is the member as the root, as an unmodelled
// trait of S3 says.
struct Response {
  std::string location_constraint;
  static constexpr auto shape = wire::structure(wire::member<&Response::location_constraint>(
      "LocationConstraint", wire::payload("LocationConstraint"), wire::one_of(kLocations)));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, BucketRequest request) {
  CO_ASSIGN_OR_RETURN(const objects::Bucket bucket,
                      find_bucket(s3, request.bucket, request.expected_bucket_owner));
  Response response;
  // us-east-1 has no constraint.
  if (bucket.region != "us-east-1") response.location_constraint = bucket.region;
  co_return response;
}

}  // namespace

Operation get_bucket_location(S3& s3) {
  return at("GET", "/{Bucket}?location", "LocationConstraint",
            operation<BucketRequest, Response>("GetBucketLocation", "s3:GetBucketLocation",
                                               std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
