// UntagDeliveryStream: keys that are not there are no error.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/firehose/firehose.h"

namespace headrace::services::firehose {
namespace {

struct Request {
  std::string delivery_stream_name;
  std::vector<std::string> tag_keys;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::delivery_stream_name>(
          "DeliveryStreamName", wire::required, wire::length(1, 64), wire::pattern(kNamePattern)),
      wire::member<&Request::tag_keys>("TagKeys", wire::required, wire::length(1, 50),
                                       wire::each(wire::length(1, 128)),
                                       wire::each(wire::pattern(kTagKeyPattern))));
};

struct Response {
  static constexpr auto shape = wire::structure();
};

boost::asio::awaitable<Result<Response>> handle(Firehose& firehose, Caller caller,
                                                Request request) {
  Status untagged = co_await firehose.deliveries.untag(
      caller.account, caller.region, request.delivery_stream_name, std::move(request.tag_keys));
  if (!untagged) co_return std::unexpected(untagged.error());
  co_return Response{};
}

}  // namespace

Operation untag_delivery_stream(Firehose& firehose) {
  return operation<Request, Response>("UntagDeliveryStream", "firehose:UntagDeliveryStream",
                                      std::bind_front(handle, std::ref(firehose)));
}

}  // namespace headrace::services::firehose
