// GetObjectLockConfiguration: buckets with object lock cannot be made yet.

#include <functional>

#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Response {
  static constexpr auto shape =
      wire::structure(wire::refused("ObjectLockConfiguration", wire::payload()));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, BucketRequest request) {
  if (auto found = find_bucket(s3, request.bucket, request.expected_bucket_owner); !found) {
    co_return std::unexpected(std::move(found).error());
  }
  co_return fail(ErrorCode::kNoSuchConfiguration,
                 "Object Lock configuration does not exist for this bucket",
                 "ObjectLockConfigurationNotFoundError");
}

}  // namespace

Operation get_object_lock_configuration(S3& s3) {
  return at("GET", "/{Bucket}?object-lock", "ObjectLockConfiguration",
            operation<BucketRequest, Response>("GetObjectLockConfiguration",
                                               "s3:GetBucketObjectLockConfiguration",
                                               std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
