// ListRolePolicies: names of inline policies, in order.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/iam/iam.h"

namespace headrace::services::iam {
namespace {

struct Request {
  std::string role_name;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::role_name>("RoleName", wire::required, kRoleNameLength,
                                        wire::pattern(kNamePattern)),
      wire::member<&Request::marker>("Marker", kMarkerLength, wire::pattern(kMarkerPattern)),
      wire::member<&Request::max_items>("MaxItems", kMaxItemsRange));
};

struct Response {
  std::vector<std::string> policy_names;
  bool is_truncated = false;
  std::optional<std::string> marker;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::policy_names>(
                          "PolicyNames", wire::required, wire::each(kPolicyNameLength),
                          wire::each(wire::pattern(kNamePattern))),
                      wire::member<&Response::is_truncated>("IsTruncated"),
                      wire::member<&Response::marker>("Marker"));
};

boost::asio::awaitable<Result<Response>> handle(Iam& iam, Caller caller, Request request) {
  CO_ASSIGN_OR_RETURN(const std::string after, name_of_marker(request.marker));
  CO_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                      iam.identities.role_policies(caller.account, request.role_name));
  const auto limit = static_cast<std::size_t>(request.max_items.value_or(kMaxItemsDefault));
  Response response;
  for (const std::string& name : names) {
    if (name <= after) continue;
    if (response.policy_names.size() == limit) {
      response.is_truncated = true;
      response.marker = marker_after(response.policy_names.back());
      break;
    }
    response.policy_names.push_back(name);
  }
  co_return response;
}

}  // namespace

Operation list_role_policies(Iam& iam) {
  return operation<Request, Response>("ListRolePolicies", "iam:ListRolePolicies",
                                      std::bind_front(handle, std::ref(iam)));
}

}  // namespace headrace::services::iam
