// ListStreamConsumers: the registered consumers of a stream, by name.

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/consumer.h"

namespace headrace::services::kinesis {
namespace {

constexpr std::size_t kPageMax = 100;  // and what comes when nothing is asked for

struct Request {
  std::string stream_arn;
  std::optional<std::string> next_token;
  std::optional<std::int32_t> max_results;
  std::optional<WallTime> stream_creation_timestamp;
  std::optional<std::string> stream_id;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::stream_arn>("StreamARN", wire::required, wire::length(1, 2048),
                                         wire::pattern(kArnPattern)),
      wire::member<&Request::next_token>("NextToken", wire::length(1, 1048576)),
      wire::member<&Request::max_results>("MaxResults", wire::range(1, 10000)),
      wire::member<&Request::stream_creation_timestamp>("StreamCreationTimestamp"),
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)));
};

struct Response {
  std::vector<Consumer> consumers;
  std::optional<std::string> next_token;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::consumers>("Consumers"),
                      wire::member<&Response::next_token>("NextToken", wire::length(1, 1048576)));
};

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  if (request.next_token && request.stream_creation_timestamp) {
    co_return fail(ErrorCode::kInvalidArgument,
                   "NextToken and StreamCreationTimestamp cannot be provided together.");
  }
  const auto stream =
      find_stream(kinesis, caller, {.arn = request.stream_arn, .id = request.stream_id});
  if (!stream) co_return std::unexpected(stream.error());
  // Clients know the second at which a stream was made.
  if (request.stream_creation_timestamp &&
      request.stream_creation_timestamp->ms / 1000 != (*stream)->created_ms() / 1000) {
    co_return fail(ErrorCode::kNotFound, "Stream " + (*stream)->key().name.text() +
                                             " under account " + caller.account + " not found.");
  }
  const std::string bound = "consumers/" + (*stream)->key().arn() + "/" + (*stream)->public_id();
  std::string after;
  if (request.next_token) {
    CO_ASSIGN_OR_RETURN(after, kinesis.streams.open_page(*request.next_token, bound));
  }
  const std::size_t limit = std::min(
      kPageMax, static_cast<std::size_t>(request.max_results.value_or(std::int32_t{kPageMax})));
  auto found = (*stream)->consumers().list(after, limit + 1);
  Response response;
  if (found.size() > limit) {
    found.pop_back();
    response.next_token = kinesis.streams.make_page(found.back()->key().name.text(), bound);
  }
  for (const auto& consumer : found) response.consumers.push_back(describe_consumer(*consumer));
  co_return response;
}

}  // namespace

Operation list_stream_consumers(Kinesis& kinesis) {
  return operation<Request, Response>("ListStreamConsumers", "kinesis:ListStreamConsumers",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
