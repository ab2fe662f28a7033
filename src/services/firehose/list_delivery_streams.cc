// ListDeliveryStreams: names in alphabetical order, ten at a time unless told otherwise.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/firehose/firehose.h"

namespace headrace::services::firehose {
namespace {

constexpr std::int32_t kLimitDefault = 10;

struct Request {
  std::optional<std::int32_t> limit;
  std::optional<std::string> delivery_stream_type;
  std::optional<std::string> exclusive_start_delivery_stream_name;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::limit>("Limit", wire::range(1, 10000)),
      wire::member<&Request::delivery_stream_type>("DeliveryStreamType", wire::one_of(kTypes)),
      wire::member<&Request::exclusive_start_delivery_stream_name>(
          "ExclusiveStartDeliveryStreamName", wire::length(1, 64), wire::pattern(kNamePattern)));
};

struct Response {
  std::vector<std::string> delivery_stream_names;
  bool has_more_delivery_streams = false;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::delivery_stream_names>("DeliveryStreamNames", wire::required,
                                                     wire::each(wire::length(1, 64)),
                                                     wire::each(wire::pattern(kNamePattern))),
      wire::member<&Response::has_more_delivery_streams>("HasMoreDeliveryStreams", wire::required));
};

boost::asio::awaitable<Result<Response>> handle(Firehose& firehose, Caller caller,
                                                Request request) {
  const auto limit = static_cast<std::size_t>(request.limit.value_or(kLimitDefault));
  Response response;
  for (const delivery::Configuration& c : firehose.deliveries.list(caller.account, caller.region)) {
    const std::string_view type = c.source ? "KinesisStreamAsSource" : "DirectPut";
    if (request.delivery_stream_type && *request.delivery_stream_type != type) continue;
    if (request.exclusive_start_delivery_stream_name &&
        c.name <= *request.exclusive_start_delivery_stream_name) {
      continue;
    }
    if (response.delivery_stream_names.size() == limit) {
      response.has_more_delivery_streams = true;
      break;
    }
    response.delivery_stream_names.push_back(c.name);
  }
  co_return response;
}

}  // namespace

Operation list_delivery_streams(Firehose& firehose) {
  return operation<Request, Response>("ListDeliveryStreams", "firehose:ListDeliveryStreams",
                                      std::bind_front(handle, std::ref(firehose)));
}

}  // namespace headrace::services::firehose
