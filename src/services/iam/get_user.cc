// GetUser: the root user, who has no name; there are no others yet.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/iam/iam.h"

namespace headrace::services::iam {
namespace {

struct User {
  std::optional<std::string> path;
  std::optional<std::string> user_name;
  std::string user_id;
  std::string arn;
  WallTime create_date;
  static constexpr auto shape = wire::structure(
      wire::member<&User::path>("Path", wire::required, wire::length(1, 512),
                                wire::pattern(kPathPattern)),
      wire::member<&User::user_name>("UserName", wire::required, wire::length(1, 64),
                                     wire::pattern(kNamePattern)),
      wire::member<&User::user_id>("UserId", wire::required, wire::length(16, 128),
                                   wire::pattern(kIdPattern)),
      wire::member<&User::arn>("Arn", wire::required, wire::length(20, 2048)),
      wire::member<&User::create_date>("CreateDate", wire::required),
      wire::refused("PasswordLastUsed"), wire::refused("PermissionsBoundary"),
      wire::refused("Tags"));
};

struct Request {
  std::optional<std::string> user_name;
  static constexpr auto shape = wire::structure(wire::member<&Request::user_name>(
      "UserName", wire::length(1, 128), wire::pattern(kNamePattern)));
};

struct Response {
  User user;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::user>("User", wire::required));
};

boost::asio::awaitable<Result<Response>> handle(Iam& iam, Caller caller, Request request) {
  if (request.user_name) {
    co_return fail(ErrorCode::kNotFound,
                   "The user with name " + *request.user_name + " cannot be found.");
  }
  Response response;
  response.user.user_id = caller.account;
  response.user.arn = "arn:aws:iam::" + caller.account + ":root";
  response.user.create_date = {iam.root_created.ms / 1000 * 1000};
  co_return response;
}

}  // namespace

Operation get_user(Iam& iam) {
  return operation<Request, Response>("GetUser", "iam:GetUser",
                                      std::bind_front(handle, std::ref(iam)));
}

}  // namespace headrace::services::iam
