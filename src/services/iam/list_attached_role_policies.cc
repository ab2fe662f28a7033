// ListAttachedRolePolicies: none: managed policies do not exist yet, so none can be attached.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/iam/iam.h"

namespace headrace::services::iam {
namespace {

struct AttachedPolicy {
  std::string policy_name;
  std::string policy_arn;
  static constexpr auto shape = wire::structure(
      wire::member<&AttachedPolicy::policy_name>("PolicyName", kPolicyNameLength,
                                                 wire::pattern(kNamePattern)),
      wire::member<&AttachedPolicy::policy_arn>("PolicyArn", wire::length(20, 2048)));
};

struct Request {
  std::string role_name;
  std::optional<std::string> path_prefix;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::role_name>("RoleName", wire::required, kRoleNameLength,
                                        wire::pattern(kNamePattern)),
      wire::member<&Request::path_prefix>("PathPrefix", wire::length(1, 512),
                                          wire::pattern(kPolicyPathPattern)),
      wire::member<&Request::marker>("Marker", kMarkerLength, wire::pattern(kMarkerPattern)),
      wire::member<&Request::max_items>("MaxItems", kMaxItemsRange));
};

struct Response {
  std::vector<AttachedPolicy> attached_policies;
  bool is_truncated = false;
  std::optional<std::string> marker;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::attached_policies>("AttachedPolicies"),
                      wire::member<&Response::is_truncated>("IsTruncated"),
                      wire::member<&Response::marker>("Marker"));
};

boost::asio::awaitable<Result<Response>> handle(Iam& iam, Caller caller, Request request) {
  CO_RETURN_IF_ERROR(name_of_marker(request.marker));
  CO_RETURN_IF_ERROR(iam.identities.role(caller.account, request.role_name));
  co_return Response{};
}

}  // namespace

Operation list_attached_role_policies(Iam& iam) {
  return operation<Request, Response>("ListAttachedRolePolicies", "iam:ListAttachedRolePolicies",
                                      std::bind_front(handle, std::ref(iam)));
}

}  // namespace headrace::services::iam
