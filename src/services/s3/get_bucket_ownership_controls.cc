// GetBucketOwnershipControls: what S3 says of every bucket of today.

#include <functional>

#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Rule {
  std::string object_ownership;
  static constexpr auto shape = wire::structure(wire::member<&Rule::object_ownership>(
      "ObjectOwnership", wire::required,
      wire::one_of("BucketOwnerPreferred|ObjectWriter|BucketOwnerEnforced")));
};

struct Controls {
  std::vector<Rule> rules;
  static constexpr auto shape = wire::structure(wire::member<&Controls::rules>(
      "Rules", wire::required, wire::xml_name("Rule"), wire::flattened));
};

struct Response {
  Controls ownership_controls;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::ownership_controls>("OwnershipControls", wire::payload()));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, BucketRequest request) {
  CO_ASSIGN_OR_RETURN(const objects::Bucket bucket,
                      find_bucket(s3, request.bucket, request.expected_bucket_owner));
  Response response;
  response.ownership_controls.rules.push_back({.object_ownership = "BucketOwnerEnforced"});
  co_return response;
}

}  // namespace

Operation get_bucket_ownership_controls(S3& s3) {
  return at("GET", "/{Bucket}?ownershipControls", "OwnershipControls",
            operation<BucketRequest, Response>("GetBucketOwnershipControls",
                                               "s3:GetBucketOwnershipControls",
                                               std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
