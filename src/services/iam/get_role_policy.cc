// GetRolePolicy: the document as given, percent-encoded.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/iam/iam.h"
#include "wire/uri.h"

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
  std::string role_name;
  std::string policy_name;
  std::string policy_document;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::role_name>("RoleName", wire::required, kRoleNameLength,
                                         wire::pattern(kNamePattern)),
      wire::member<&Response::policy_name>("PolicyName", wire::required, kPolicyNameLength,
                                           wire::pattern(kNamePattern)),
      wire::member<&Response::policy_document>("PolicyDocument", wire::required, kDocumentLength,
                                               wire::pattern(kDocumentPattern)));
};

boost::asio::awaitable<Result<Response>> handle(Iam& iam, Caller caller, Request request) {
  CO_ASSIGN_OR_RETURN(
      const std::string document,
      iam.identities.role_policy(caller.account, request.role_name, request.policy_name));
  Response response{std::move(request.role_name), std::move(request.policy_name),
                    wire::percent_encode(document)};
  co_return response;
}

}  // namespace

Operation get_role_policy(Iam& iam) {
  return operation<Request, Response>("GetRolePolicy", "iam:GetRolePolicy",
                                      std::bind_front(handle, std::ref(iam)));
}

}  // namespace headrace::services::iam
