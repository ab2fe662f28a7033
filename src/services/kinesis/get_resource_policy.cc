// GetResourcePolicy: the policy of a stream or a consumer, as it was put.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"
#include "services/kinesis/resource.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::string resource_arn;
  std::optional<std::string> stream_id;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::resource_arn>("ResourceARN", wire::required, wire::length(1, 2048),
                                           wire::pattern(kResourceArnPattern)),
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)));
};

struct Response {
  std::string policy;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::policy>("Policy", wire::required));
};

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  const auto found = find_resource(kinesis, caller, request.resource_arn, request.stream_id);
  if (!found) co_return std::unexpected(found.error());
  auto policy = co_await kinesis.streams.policy(*found);
  if (!policy) co_return std::unexpected(std::move(policy).error());
  co_return Response{std::move(*policy)};
}

}  // namespace

Operation get_resource_policy(Kinesis& kinesis) {
  return operation<Request, Response>("GetResourcePolicy", "kinesis:GetResourcePolicy",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
