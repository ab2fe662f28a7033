// ListTagsForDeliveryStream: in key order.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/firehose/firehose.h"

namespace headrace::services::firehose {
namespace {

constexpr std::int32_t kLimitDefault = 50;

struct Request {
  std::string delivery_stream_name;
  std::optional<std::string> exclusive_start_tag_key;
  std::optional<std::int32_t> limit;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::delivery_stream_name>(
          "DeliveryStreamName", wire::required, wire::length(1, 64), wire::pattern(kNamePattern)),
      wire::member<&Request::exclusive_start_tag_key>("ExclusiveStartTagKey", wire::length(1, 128),
                                                      wire::pattern(kTagKeyPattern)),
      wire::member<&Request::limit>("Limit", wire::range(1, 50)));
};

struct Response {
  std::vector<Tag> tags;
  bool has_more_tags = false;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::tags>("Tags", wire::required, wire::length(0, 50)),
                      wire::member<&Response::has_more_tags>("HasMoreTags", wire::required));
};

boost::asio::awaitable<Result<Response>> handle(Firehose& firehose, Caller caller,
                                                Request request) {
  auto tags = firehose.deliveries.tags(caller.account, caller.region, request.delivery_stream_name);
  if (!tags) co_return std::unexpected(tags.error());
  const auto limit = static_cast<std::size_t>(request.limit.value_or(kLimitDefault));
  Response response;
  for (const auto& [key, value] : *tags) {
    if (request.exclusive_start_tag_key && key <= *request.exclusive_start_tag_key) continue;
    if (response.tags.size() == limit) {
      response.has_more_tags = true;
      break;
    }
    response.tags.push_back({key, value});
  }
  co_return response;
}

}  // namespace

Operation list_tags_for_delivery_stream(Firehose& firehose) {
  return operation<Request, Response>("ListTagsForDeliveryStream",
                                      "firehose:ListTagsForDeliveryStream",
                                      std::bind_front(handle, std::ref(firehose)));
}

}  // namespace headrace::services::firehose
