// GetBucketAccelerateConfiguration: no bucket has had it switched on.

#include <functional>

#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Request {
  std::string bucket;
  std::optional<std::string> expected_bucket_owner;
  std::optional<std::string> request_payer;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::bucket>("Bucket", wire::required, wire::label("Bucket")),
      wire::member<&Request::expected_bucket_owner>("ExpectedBucketOwner",
                                                    wire::header("x-amz-expected-bucket-owner")),
      wire::member<&Request::request_payer>("RequestPayer", wire::header("x-amz-request-payer"),
                                            wire::one_of(kRequestPayers)));
};

struct Response {
  static constexpr auto shape =
      wire::structure(wire::refused("Status"),
                      wire::refused("RequestCharged", wire::header("x-amz-request-charged")));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, Request request) {
  CO_ASSIGN_OR_RETURN(const objects::Bucket bucket,
                      find_bucket(s3, request.bucket, request.expected_bucket_owner));
  Response response;
  co_return response;
}

}  // namespace

Operation get_bucket_accelerate_configuration(S3& s3) {
  return at("GET", "/{Bucket}?accelerate", "AccelerateConfiguration",
            operation<Request, Response>("GetBucketAccelerateConfiguration",
                                         "s3:GetAccelerateConfiguration",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
