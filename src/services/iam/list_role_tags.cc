// ListRoleTags: in key order.

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
  std::vector<Tag> tags;
  bool is_truncated = false;
  std::optional<std::string> marker;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::tags>("Tags", wire::required, wire::length(wire::kNoMin, 50)),
      wire::member<&Response::is_truncated>("IsTruncated"),
      wire::member<&Response::marker>("Marker"));
};

boost::asio::awaitable<Result<Response>> handle(Iam& iam, Caller caller, Request request) {
  CO_ASSIGN_OR_RETURN(const std::string after, name_of_marker(request.marker));
  CO_ASSIGN_OR_RETURN(const access::Role role,
                      iam.identities.role(caller.account, request.role_name));
  const auto limit = static_cast<std::size_t>(request.max_items.value_or(kMaxItemsDefault));
  Response response;
  for (const auto& [key, value] : role.tags) {
    if (key <= after) continue;
    if (response.tags.size() == limit) {
      response.is_truncated = true;
      response.marker = marker_after(response.tags.back().key);
      break;
    }
    response.tags.push_back({key, value});
  }
  co_return response;
}

}  // namespace

Operation list_role_tags(Iam& iam) {
  return operation<Request, Response>("ListRoleTags", "iam:ListRoleTags",
                                      std::bind_front(handle, std::ref(iam)));
}

}  // namespace headrace::services::iam
