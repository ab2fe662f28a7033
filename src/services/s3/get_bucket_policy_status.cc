// GetBucketPolicyStatus: of a policy, and none can be set yet.

#include <functional>

#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Response {
  static constexpr auto shape = wire::structure(wire::refused("PolicyStatus", wire::payload()));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, BucketRequest request) {
  if (auto found = find_bucket(s3, request.bucket, request.expected_bucket_owner); !found) {
    co_return std::unexpected(std::move(found).error());
  }
  co_return fail(ErrorCode::kNoSuchConfiguration, "The bucket policy does not exist",
                 "NoSuchBucketPolicy");
}

}  // namespace

Operation get_bucket_policy_status(S3& s3) {
  return at("GET", "/{Bucket}?policyStatus", "PolicyStatus",
            operation<BucketRequest, Response>("GetBucketPolicyStatus", "s3:GetBucketPolicyStatus",
                                               std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
