// GetBucketAcl: its owner alone, as ownership is enforced.

#include <functional>

#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Grantee {
  std::optional<std::string> id;
  std::string type;
  static constexpr auto shape = wire::structure(
      wire::refused("DisplayName"), wire::refused("EmailAddress"), wire::member<&Grantee::id>("ID"),
      wire::member<&Grantee::type>("Type", wire::required, wire::xml_name("xsi:type"),
                                   wire::attribute, wire::one_of(kGranteeTypes)),
      wire::refused("URI"));
};

struct Grant {
  std::optional<Grantee> grantee;
  std::optional<std::string> permission;
  static constexpr auto shape = wire::structure(
      wire::member<&Grant::grantee>("Grantee"),
      wire::member<&Grant::permission>("Permission",
                                       wire::one_of("FULL_CONTROL|WRITE|WRITE_ACP|READ|READ_ACP")));
};

struct Response {
  Owner owner;
  std::vector<Grant> grants;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::owner>("Owner"),
                      wire::member<&Response::grants>("Grants", wire::xml_name("AccessControlList"),
                                                      wire::item("Grant")));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, BucketRequest request) {
  CO_ASSIGN_OR_RETURN(const objects::Bucket bucket,
                      find_bucket(s3, request.bucket, request.expected_bucket_owner));
  Response response;
  Grantee grantee;
  grantee.id = canonical_id(bucket.account);
  grantee.type = "CanonicalUser";
  response.owner.id = grantee.id;
  response.grants.push_back({.grantee = std::move(grantee), .permission = "FULL_CONTROL"});
  co_return response;
}

}  // namespace

Operation get_bucket_acl(S3& s3) {
  return at("GET", "/{Bucket}?acl", "AccessControlPolicy",
            operation<BucketRequest, Response>("GetBucketAcl", "s3:GetBucketAcl",
                                               std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
