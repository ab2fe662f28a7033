// UntagRole: keys that are not there are no error.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/iam/iam.h"

namespace headrace::services::iam {
namespace {

struct Request {
  std::string role_name;
  std::vector<std::string> tag_keys;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::role_name>("RoleName", wire::required, kRoleNameLength,
                                        wire::pattern(kNamePattern)),
      wire::member<&Request::tag_keys>("TagKeys", wire::required, wire::length(wire::kNoMin, 50),
                                       wire::each(wire::length(1, 128)),
                                       wire::each(wire::pattern(kTagKeyPattern))));
};

struct Response {
  static constexpr auto shape = wire::structure();
};

boost::asio::awaitable<Result<Response>> handle(Iam& iam, Caller caller, Request request) {
  Status done = co_await iam.identities.untag_role(caller.account, request.role_name,
                                                   std::move(request.tag_keys));
  if (!done) co_return std::unexpected(done.error());
  co_return Response{};
}

}  // namespace

Operation untag_role(Iam& iam) {
  return operation<Request, Response>("UntagRole", "iam:UntagRole",
                                      std::bind_front(handle, std::ref(iam)));
}

}  // namespace headrace::services::iam
