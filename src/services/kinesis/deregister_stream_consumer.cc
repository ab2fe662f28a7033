// DeregisterStreamConsumer: the consumer is DELETING for a while, then gone; its subscriptions end.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/consumer.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::optional<std::string> stream_arn;
  std::optional<std::string> consumer_name;
  std::optional<std::string> consumer_arn;
  std::optional<std::string> stream_id;
  static constexpr auto shape =
      wire::structure(wire::member<&Request::stream_arn>("StreamARN", wire::length(1, 2048),
                                                         wire::pattern(kArnPattern)),
                      wire::member<&Request::consumer_name>("ConsumerName", wire::length(1, 128),
                                                            wire::pattern(kNamePattern)),
                      wire::member<&Request::consumer_arn>("ConsumerARN", wire::length(1, 2048),
                                                           wire::pattern(kConsumerArnPattern)),
                      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                                        wire::pattern(kStreamIdPattern)));
};

boost::asio::awaitable<Result<NoResponse>> handle(Kinesis& kinesis, Caller caller,
                                                  Request request) {
  auto found = find_consumer(
      kinesis, caller,
      {request.stream_arn, request.consumer_name, request.consumer_arn, request.stream_id});
  if (!found) co_return std::unexpected(std::move(found).error());
  Status done = co_await kinesis.streams.deregister_consumer(std::move(found->stream),
                                                             std::move(found->consumer));
  if (!done) co_return std::unexpected(std::move(done).error());
  co_return NoResponse{};
}

}  // namespace

Operation deregister_stream_consumer(Kinesis& kinesis) {
  return operation<Request, NoResponse>("DeregisterStreamConsumer",
                                        "kinesis:DeregisterStreamConsumer",
                                        std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
