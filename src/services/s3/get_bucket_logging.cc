// GetBucketLogging: no bucket logs yet.

#include <functional>

#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Response {
  static constexpr auto shape = wire::structure(wire::refused("LoggingEnabled"));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, BucketRequest request) {
  CO_ASSIGN_OR_RETURN(const objects::Bucket bucket,
                      find_bucket(s3, request.bucket, request.expected_bucket_owner));
  Response response;
  co_return response;
}

}  // namespace

Operation get_bucket_logging(S3& s3) {
  return at("GET", "/{Bucket}?logging", "BucketLoggingStatus",
            operation<BucketRequest, Response>("GetBucketLogging", "s3:GetBucketLogging",
                                               std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
