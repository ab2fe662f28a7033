// GetBucketTagging: none can be set yet, so none is there.

#include <functional>

#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Response {
  static constexpr auto shape = wire::structure(wire::refused("TagSet", wire::item("Tag")));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, BucketRequest request) {
  if (auto found = find_bucket(s3, request.bucket, request.expected_bucket_owner); !found) {
    co_return std::unexpected(std::move(found).error());
  }
  co_return fail(ErrorCode::kNoSuchConfiguration, "The TagSet does not exist", "NoSuchTagSet");
}

}  // namespace

Operation get_bucket_tagging(S3& s3) {
  return at("GET", "/{Bucket}?tagging", "Tagging",
            operation<BucketRequest, Response>("GetBucketTagging", "s3:GetBucketTagging",
                                               std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
