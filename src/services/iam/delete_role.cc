// DeleteRole: a role with inline policies stays.

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
  static constexpr auto shape = wire::structure();
};

boost::asio::awaitable<Result<Response>> handle(Iam& iam, Caller caller, Request request) {
  Status done = co_await iam.identities.delete_role(caller.account, request.role_name);
  if (!done) co_return std::unexpected(done.error());
  co_return Response{};
}

}  // namespace

Operation delete_role(Iam& iam) {
  return operation<Request, Response>("DeleteRole", "iam:DeleteRole",
                                      std::bind_front(handle, std::ref(iam)));
}

}  // namespace headrace::services::iam
