// UpdateRole: its description and longest session.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/iam/iam.h"

namespace headrace::services::iam {
namespace {

struct Request {
  std::string role_name;
  std::optional<std::string> description;
  std::optional<std::int32_t> max_session_duration;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::role_name>("RoleName", wire::required, kRoleNameLength,
                                        wire::pattern(kNamePattern)),
      wire::member<&Request::description>("Description", wire::length(wire::kNoMin, 1000),
                                          wire::pattern(kDescriptionPattern)),
      wire::member<&Request::max_session_duration>("MaxSessionDuration",
                                                   wire::range(3600, 43'200)));
};

struct Response {
  static constexpr auto shape = wire::structure();
};

boost::asio::awaitable<Result<Response>> handle(Iam& iam, Caller caller, Request request) {
  access::RoleChange change{.description = std::move(request.description),
                            .max_session_s = request.max_session_duration};
  Status done =
      co_await iam.identities.update_role(caller.account, request.role_name, std::move(change));
  if (!done) co_return std::unexpected(done.error());
  co_return Response{};
}

}  // namespace

Operation update_role(Iam& iam) {
  return operation<Request, Response>("UpdateRole", "iam:UpdateRole",
                                      std::bind_front(handle, std::ref(iam)));
}

}  // namespace headrace::services::iam
