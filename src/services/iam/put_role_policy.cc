// PutRolePolicy: adds an inline policy or replaces it.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/iam/iam.h"

namespace headrace::services::iam {
namespace {

struct Request {
  std::string role_name;
  std::string policy_name;
  std::string policy_document;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::role_name>("RoleName", wire::required, kRoleNameLength,
                                        wire::pattern(kNamePattern)),
      wire::member<&Request::policy_name>("PolicyName", wire::required, kPolicyNameLength,
                                          wire::pattern(kNamePattern)),
      wire::member<&Request::policy_document>("PolicyDocument", wire::required, kDocumentLength,
                                              wire::pattern(kDocumentPattern)));
};

struct Response {
  static constexpr auto shape = wire::structure();
};

boost::asio::awaitable<Result<Response>> handle(Iam& iam, Caller caller, Request request) {
  CO_RETURN_IF_ERROR(check_policy(request.policy_document, PolicyKind::kIdentity));
  Status done = co_await iam.identities.put_role_policy(
      caller.account, request.role_name, request.policy_name, std::move(request.policy_document));
  if (!done) co_return std::unexpected(done.error());
  co_return Response{};
}

}  // namespace

Operation put_role_policy(Iam& iam) {
  return operation<Request, Response>("PutRolePolicy", "iam:PutRolePolicy",
                                      std::bind_front(handle, std::ref(iam)));
}

}  // namespace headrace::services::iam
