// UpdateAssumeRolePolicy: replaces the trust policy.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/iam/iam.h"

namespace headrace::services::iam {
namespace {

struct Request {
  std::string role_name;
  std::string policy_document;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::role_name>("RoleName", wire::required, kRoleNameLength,
                                        wire::pattern(kNamePattern)),
      wire::member<&Request::policy_document>("PolicyDocument", wire::required, kDocumentLength,
                                              wire::pattern(kDocumentPattern)));
};

struct Response {
  static constexpr auto shape = wire::structure();
};

boost::asio::awaitable<Result<Response>> handle(Iam& iam, Caller caller, Request request) {
  CO_RETURN_IF_ERROR(check_policy(request.policy_document, PolicyKind::kTrust));
  access::RoleChange change{.trust_policy = std::move(request.policy_document)};
  Status done =
      co_await iam.identities.update_role(caller.account, request.role_name, std::move(change));
  if (!done) co_return std::unexpected(done.error());
  co_return Response{};
}

}  // namespace

Operation update_assume_role_policy(Iam& iam) {
  return operation<Request, Response>("UpdateAssumeRolePolicy", "iam:UpdateAssumeRolePolicy",
                                      std::bind_front(handle, std::ref(iam)));
}

}  // namespace headrace::services::iam
