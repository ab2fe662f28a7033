// GetRole: with its tags and its trust policy, percent-encoded.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/iam/iam.h"

namespace headrace::services::iam {
namespace {

struct Request {
  std::string role_name;
  static constexpr auto shape = wire::structure(wire::member<&Request::role_name>(
      "RoleName", wire::required, kRoleNameLength, wire::pattern(kNamePattern)));
};

struct Response {
  Role role;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::role>("Role", wire::required));
};

boost::asio::awaitable<Result<Response>> handle(Iam& iam, Caller caller, Request request) {
  CO_ASSIGN_OR_RETURN(const access::Role role,
                      iam.identities.role(caller.account, request.role_name));
  Response response{role_of(role)};
  response.role.role_last_used.emplace();
  co_return response;
}

}  // namespace

Operation get_role(Iam& iam) {
  return operation<Request, Response>("GetRole", "iam:GetRole",
                                      std::bind_front(handle, std::ref(iam)));
}

}  // namespace headrace::services::iam
