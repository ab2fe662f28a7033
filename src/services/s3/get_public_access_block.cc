// GetPublicAccessBlock: what S3 says of every bucket of today.

#include <functional>

#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Block {
  bool block_public_acls = false;
  bool ignore_public_acls = false;
  bool block_public_policy = false;
  bool restrict_public_buckets = false;
  static constexpr auto shape =
      wire::structure(wire::member<&Block::block_public_acls>("BlockPublicAcls"),
                      wire::member<&Block::ignore_public_acls>("IgnorePublicAcls"),
                      wire::member<&Block::block_public_policy>("BlockPublicPolicy"),
                      wire::member<&Block::restrict_public_buckets>("RestrictPublicBuckets"));
};

struct Response {
  Block public_access_block_configuration;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::public_access_block_configuration>(
          "PublicAccessBlockConfiguration", wire::payload()));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, BucketRequest request) {
  CO_ASSIGN_OR_RETURN(const objects::Bucket bucket,
                      find_bucket(s3, request.bucket, request.expected_bucket_owner));
  Response response;
  response.public_access_block_configuration = {.block_public_acls = true,
                                                .ignore_public_acls = true,
                                                .block_public_policy = true,
                                                .restrict_public_buckets = true};
  co_return response;
}

}  // namespace

Operation get_public_access_block(S3& s3) {
  return at(
      "GET", "/{Bucket}?publicAccessBlock", "PublicAccessBlockConfiguration",
      operation<BucketRequest, Response>("GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
