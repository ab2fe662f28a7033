// GetBucketRequestPayment: the owner pays, as by default.

#include <functional>

#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Response {
  std::string payer;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::payer>("Payer", wire::one_of("Requester|BucketOwner")));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, BucketRequest request) {
  CO_ASSIGN_OR_RETURN(const objects::Bucket bucket,
                      find_bucket(s3, request.bucket, request.expected_bucket_owner));
  Response response;
  response.payer = "BucketOwner";
  co_return response;
}

}  // namespace

Operation get_bucket_request_payment(S3& s3) {
  return at(
      "GET", "/{Bucket}?requestPayment", "RequestPaymentConfiguration",
      operation<BucketRequest, Response>("GetBucketRequestPayment", "s3:GetBucketRequestPayment",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
