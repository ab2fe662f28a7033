// TagDeliveryStream: adds tags or changes their values.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/firehose/firehose.h"

namespace headrace::services::firehose {
namespace {

struct Request {
  std::string delivery_stream_name;
  std::vector<Tag> tags;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::delivery_stream_name>(
          "DeliveryStreamName", wire::required, wire::length(1, 64), wire::pattern(kNamePattern)),
      wire::member<&Request::tags>("Tags", wire::required, wire::length(1, 50)));
};

struct Response {
  static constexpr auto shape = wire::structure();
};

boost::asio::awaitable<Result<Response>> handle(Firehose& firehose, Caller caller,
                                                Request request) {
  delivery::Tags tags;
  for (Tag& tag : request.tags) tags[tag.key] = tag.value.value_or("");
  Status tagged = co_await firehose.deliveries.tag(caller.account, caller.region,
                                                   request.delivery_stream_name, std::move(tags));
  if (!tagged) co_return std::unexpected(tagged.error());
  co_return Response{};
}

}  // namespace

Operation tag_delivery_stream(Firehose& firehose) {
  return operation<Request, Response>("TagDeliveryStream", "firehose:TagDeliveryStream",
                                      std::bind_front(handle, std::ref(firehose)));
}

}  // namespace headrace::services::firehose
