// ListTagsForResource: all tags of a stream or a consumer, in order of their keys.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"
#include "services/kinesis/resource.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::string resource_arn;
  std::optional<std::string> stream_id;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::resource_arn>("ResourceARN", wire::required, wire::length(1, 2048),
                                           wire::pattern(kResourceArnPattern)),
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)));
};

struct Response {
  std::vector<Tag> tags;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::tags>("Tags", wire::length(0, 200)));
};

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  const auto found = find_resource(kinesis, caller, request.resource_arn, request.stream_id);
  if (!found) co_return std::unexpected(found.error());
  auto tags = co_await kinesis.streams.tags(*found);
  if (!tags) co_return std::unexpected(std::move(tags).error());
  Response response;
  for (auto& [key, value] : *tags) response.tags.push_back({key, std::move(value)});
  co_return response;
}

}  // namespace

Operation list_tags_for_resource(Kinesis& kinesis) {
  return operation<Request, Response>("ListTagsForResource", "kinesis:ListTagsForResource",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
