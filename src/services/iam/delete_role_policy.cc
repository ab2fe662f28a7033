// DeleteRolePolicy: an inline policy.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/iam/iam.h"

namespace headrace::services::iam {
namespace {

struct Request {
  std::string role_name;
  std::string policy_name;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::role_name>("RoleName", wire::required, kRoleNameLength,
                                        wire::pattern(kNamePattern)),
      wire::member<&Request::policy_name>("PolicyName", wire::required, kPolicyNameLength,
                                          wire::pattern(kNamePattern)));
};

struct Response {
  static constexpr auto shape = wire::structure();
};

boost::asio::awaitable<Result<Response>> handle(Iam& iam, Caller caller, Request request) {
  Status done = co_await iam.identities.delete_role_policy(caller.account, request.role_name,
                                                           request.policy_name);
  if (!done) co_return std::unexpected(done.error());
  co_return Response{};
}

}  // namespace

Operation delete_role_policy(Iam& iam) {
  return operation<Request, Response>("DeleteRolePolicy", "iam:DeleteRolePolicy",
                                      std::bind_front(handle, std::ref(iam)));
}

}  // namespace headrace::services::iam
