// PutResourcePolicy: sets the policy of a stream or a consumer. It is checked and kept, not yet
// enforced.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"
#include "services/kinesis/policy_document.h"
#include "services/kinesis/resource.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::string resource_arn;
  std::optional<std::string> stream_id;
  std::string policy;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::resource_arn>("ResourceARN", wire::required, wire::length(1, 2048),
                                           wire::pattern(kResourceArnPattern)),
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)),
      wire::member<&Request::policy>("Policy", wire::required));
};

boost::asio::awaitable<Result<NoResponse>> handle(Kinesis& kinesis, Caller caller,
                                                  Request request) {
  CO_RETURN_IF_ERROR(check_policy(request.policy));
  const auto found = find_resource(kinesis, caller, request.resource_arn, request.stream_id);
  if (!found) co_return std::unexpected(found.error());
  Status done = co_await kinesis.streams.set_policy(*found, std::move(request.policy));
  if (!done) co_return std::unexpected(std::move(done).error());
  co_return NoResponse{};
}

}  // namespace

Operation put_resource_policy(Kinesis& kinesis) {
  return operation<Request, NoResponse>("PutResourcePolicy", "kinesis:PutResourcePolicy",
                                        std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
