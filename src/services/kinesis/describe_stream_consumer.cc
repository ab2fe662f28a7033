// DescribeStreamConsumer: one registered consumer.

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

struct Description {
  std::string consumer_name;
  std::string consumer_arn;
  std::string consumer_status;
  WallTime consumer_creation_timestamp;
  std::string stream_arn;
  static constexpr auto shape = wire::structure(
      wire::member<&Description::consumer_name>("ConsumerName", wire::required,
                                                wire::length(1, 128), wire::pattern(kNamePattern)),
      wire::member<&Description::consumer_arn>("ConsumerARN", wire::required, wire::length(1, 2048),
                                               wire::pattern(kConsumerArnPattern)),
      wire::member<&Description::consumer_status>("ConsumerStatus", wire::required,
                                                  wire::one_of(kConsumerStatuses)),
      wire::member<&Description::consumer_creation_timestamp>("ConsumerCreationTimestamp",
                                                              wire::required),
      wire::member<&Description::stream_arn>("StreamARN", wire::required, wire::length(1, 2048),
                                             wire::pattern(kArnPattern)));
};

struct Response {
  Description consumer_description;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::consumer_description>("ConsumerDescription", wire::required));
};

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  const auto found = find_consumer(
      kinesis, caller,
      {request.stream_arn, request.consumer_name, request.consumer_arn, request.stream_id});
  if (!found) co_return std::unexpected(found.error());
  Consumer consumer = describe_consumer(*found->consumer);
  co_return Response{{.consumer_name = std::move(consumer.consumer_name),
                      .consumer_arn = std::move(consumer.consumer_arn),
                      .consumer_status = std::move(consumer.consumer_status),
                      .consumer_creation_timestamp = consumer.consumer_creation_timestamp,
                      .stream_arn = found->stream->key().arn()}};
}

}  // namespace

Operation describe_stream_consumer(Kinesis& kinesis) {
  return operation<Request, Response>("DescribeStreamConsumer", "kinesis:DescribeStreamConsumer",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
