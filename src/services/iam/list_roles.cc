// ListRoles: in name order, without tags, as on AWS.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/iam/iam.h"

namespace headrace::services::iam {
namespace {

struct Request {
  std::string path_prefix = "/";
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::path_prefix>("PathPrefix", wire::length(1, 512),
                                          wire::pattern(kPathPrefixPattern)),
      wire::member<&Request::marker>("Marker", kMarkerLength, wire::pattern(kMarkerPattern)),
      wire::member<&Request::max_items>("MaxItems", kMaxItemsRange));
};

struct Response {
  std::vector<Role> roles;
  bool is_truncated = false;
  std::optional<std::string> marker;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::roles>("Roles", wire::required),
                      wire::member<&Response::is_truncated>("IsTruncated"),
                      wire::member<&Response::marker>("Marker"));
};

boost::asio::awaitable<Result<Response>> handle(Iam& iam, Caller caller, Request request) {
  CO_ASSIGN_OR_RETURN(const std::string after, name_of_marker(request.marker));
  const auto limit = static_cast<std::size_t>(request.max_items.value_or(kMaxItemsDefault));
  CO_ASSIGN_OR_RETURN(const std::vector<access::Role> roles,
                      iam.identities.roles(caller.account, request.path_prefix, after, limit + 1));
  Response response;
  for (const access::Role& role : roles) {
    if (response.roles.size() == limit) {
      response.is_truncated = true;
      response.marker = marker_after(response.roles.back().role_name);
      break;
    }
    response.roles.push_back(role_of(role));
  }
  co_return response;
}

}  // namespace

Operation list_roles(Iam& iam) {
  return operation<Request, Response>("ListRoles", "iam:ListRoles",
                                      std::bind_front(handle, std::ref(iam)));
}

}  // namespace headrace::services::iam
