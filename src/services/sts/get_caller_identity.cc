// GetCallerIdentity: the root of the caller's account; there are no other callers yet.

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "services/sts/sts.h"

namespace headrace::services::sts {
namespace {

constexpr std::string_view kArnPattern =
    "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD"
    "\\u10000-\\u10FFFF]+";

struct Request {
  static constexpr auto shape = wire::structure();
};

struct Response {
  std::string user_id;
  std::string account;
  std::string arn;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::user_id>("UserId"), wire::member<&Response::account>("Account"),
      wire::member<&Response::arn>("Arn", wire::length(20, 2048), wire::pattern(kArnPattern)));
};

boost::asio::awaitable<Result<Response>> handle(Caller caller, Request /*request*/) {
  Response response{caller.account, caller.account, "arn:aws:iam::" + caller.account + ":root"};
  co_return response;
}

}  // namespace

Operation get_caller_identity() {
  return operation<Request, Response>("GetCallerIdentity", "sts:GetCallerIdentity", handle);
}

}  // namespace headrace::services::sts
