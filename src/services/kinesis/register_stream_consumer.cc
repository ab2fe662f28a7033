// RegisterStreamConsumer: a reader by enhanced fan-out, CREATING for a while and then ACTIVE.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/consumer.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::string stream_arn;
  std::string consumer_name;
  std::optional<std::string> stream_id;
  std::optional<std::map<std::string, std::string>> tags;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::stream_arn>("StreamARN", wire::required, wire::length(1, 2048),
                                         wire::pattern(kArnPattern)),
      wire::member<&Request::consumer_name>("ConsumerName", wire::required, wire::length(1, 128),
                                            wire::pattern(kNamePattern)),
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)),
      wire::member<&Request::tags>("Tags", wire::length(1, 200), wire::keys(wire::length(1, 128)),
                                   wire::each(wire::length(0, 256))));
};

struct Response {
  Consumer consumer;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::consumer>("Consumer", wire::required));
};

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  streams::Tags tags = std::move(request.tags).value_or(streams::Tags{});
  CO_RETURN_IF_ERROR(check_tags(tags));
  auto name = streams::StreamName::parse(request.consumer_name);
  if (!name) co_return fail(ErrorCode::kInvalidArgument, "Invalid ConsumerName");
  auto stream = find_stream(kinesis, caller, {.arn = request.stream_arn, .id = request.stream_id});
  if (!stream) co_return std::unexpected(std::move(stream).error());
  const auto consumer = co_await kinesis.streams.register_consumer(
      std::move(*stream), std::move(*name), std::move(tags));
  if (!consumer) co_return std::unexpected(consumer.error());
  co_return Response{describe_consumer(**consumer)};
}

}  // namespace

Operation register_stream_consumer(Kinesis& kinesis) {
  return operation<Request, Response>("RegisterStreamConsumer", "kinesis:RegisterStreamConsumer",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
