// DeleteDeliveryStream: what was buffered and not delivered is dropped, as the service does.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/firehose/firehose.h"

namespace headrace::services::firehose {
namespace {

struct Request {
  std::string delivery_stream_name;
  std::optional<bool> allow_force_delete;  // matters only while a key is out of reach
  static constexpr auto shape = wire::structure(
      wire::member<&Request::delivery_stream_name>(
          "DeliveryStreamName", wire::required, wire::length(1, 64), wire::pattern(kNamePattern)),
      wire::member<&Request::allow_force_delete>("AllowForceDelete"));
};

struct Response {
  static constexpr auto shape = wire::structure();
};

boost::asio::awaitable<Result<Response>> handle(Firehose& firehose, Caller caller,
                                                Request request) {
  Status removed = co_await firehose.deliveries.remove(caller.account, caller.region,
                                                       request.delivery_stream_name);
  if (!removed) co_return std::unexpected(removed.error());
  co_return Response{};
}

}  // namespace

Operation delete_delivery_stream(Firehose& firehose) {
  return operation<Request, Response>("DeleteDeliveryStream", "firehose:DeleteDeliveryStream",
                                      std::bind_front(handle, std::ref(firehose)));
}

}  // namespace headrace::services::firehose
