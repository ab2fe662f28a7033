// CreateRole: stored whole; what it may do is not evaluated yet.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "access/credentials.h"
#include "services/iam/iam.h"

namespace headrace::services::iam {
namespace {

constexpr std::size_t kIdSize = 17;

struct Request {
  std::string path = "/";
  std::string role_name;
  std::string assume_role_policy_document;
  std::optional<std::string> description;
  std::int32_t max_session_duration = 3600;
  std::vector<Tag> tags;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::path>("Path", wire::length(1, 512), wire::pattern(kPathPattern)),
      wire::member<&Request::role_name>("RoleName", wire::required, kRoleNameLength,
                                        wire::pattern(kNamePattern)),
      wire::member<&Request::assume_role_policy_document>("AssumeRolePolicyDocument",
                                                          wire::required, kDocumentLength,
                                                          wire::pattern(kDocumentPattern)),
      wire::member<&Request::description>("Description", wire::length(wire::kNoMin, 1000),
                                          wire::pattern(kDescriptionPattern)),
      wire::member<&Request::max_session_duration>("MaxSessionDuration", wire::range(3600, 43'200)),
      wire::refused("PermissionsBoundary"),
      wire::member<&Request::tags>("Tags", wire::length(wire::kNoMin, 50)));
};

struct Response {
  Role role;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::role>("Role", wire::required));
};

boost::asio::awaitable<Result<Response>> handle(Iam& iam, Caller caller, Request request) {
  CO_RETURN_IF_ERROR(check_policy(request.assume_role_policy_document, PolicyKind::kTrust));
  CO_ASSIGN_OR_RETURN(access::Tags tags, tags_from(std::move(request.tags)));
  access::Role role{.id = access::unique_id(iam.random, "AROA", kIdSize),
                    .account = caller.account,
                    .path = std::move(request.path),
                    .name = std::move(request.role_name),
                    .trust_policy = std::move(request.assume_role_policy_document),
                    .description = std::move(request.description),
                    .max_session_s = request.max_session_duration,
                    .created = {iam.clock.wall_now().ms / 1000 * 1000},  // IAM shows seconds
                    .tags = std::move(tags)};
  Response response{role_of(role)};
  Status created = co_await iam.identities.create_role(std::move(role));
  if (!created) co_return std::unexpected(created.error());
  co_return response;
}

}  // namespace

Operation create_role(Iam& iam) {
  return operation<Request, Response>("CreateRole", "iam:CreateRole",
                                      std::bind_front(handle, std::ref(iam)));
}

}  // namespace headrace::services::iam
