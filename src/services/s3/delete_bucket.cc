// DeleteBucket: when it holds no objects; unfinished uploads go with it.

#include <functional>

#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Response {
  std::int32_t status = 204;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::status>("StatusCode", wire::status()));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, BucketRequest request) {
  if (auto found = find_bucket(s3, request.bucket, request.expected_bucket_owner); !found) {
    co_return std::unexpected(std::move(found).error());
  }
  CO_RETURN_IF_ERROR(co_await s3.objects.delete_bucket(request.bucket));
  co_return Response();
}

}  // namespace

Operation delete_bucket(S3& s3) {
  return at("DELETE", "/{Bucket}", "",
            operation<BucketRequest, Response>("DeleteBucket", "s3:DeleteBucket",
                                               std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
