// TagRole: adds tags or changes their values.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/iam/iam.h"

namespace headrace::services::iam {
namespace {

struct Request {
  std::string role_name;
  std::vector<Tag> tags;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::role_name>("RoleName", wire::required, kRoleNameLength,
                                        wire::pattern(kNamePattern)),
      wire::member<&Request::tags>("Tags", wire::required, wire::length(wire::kNoMin, 50)));
};

struct Response {
  static constexpr auto shape = wire::structure();
};

boost::asio::awaitable<Result<Response>> handle(Iam& iam, Caller caller, Request request) {
  CO_ASSIGN_OR_RETURN(access::Tags tags, tags_from(std::move(request.tags)));
  Status done =
      co_await iam.identities.tag_role(caller.account, request.role_name, std::move(tags));
  if (!done) co_return std::unexpected(done.error());
  co_return Response{};
}

}  // namespace

Operation tag_role(Iam& iam) {
  return operation<Request, Response>("TagRole", "iam:TagRole",
                                      std::bind_front(handle, std::ref(iam)));
}

}  // namespace headrace::services::iam
