// ListTagsForStream: in order of their keys, fifty at a time unless told otherwise.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {
namespace {

constexpr std::int32_t kLimitDefault = 50;

struct Request {
  std::optional<std::string> stream_name;
  std::optional<std::string> exclusive_start_tag_key;
  std::optional<std::int32_t> limit;
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::stream_name>("StreamName", wire::length(1, 128),
                                          wire::pattern(kNamePattern)),
      wire::member<&Request::exclusive_start_tag_key>("ExclusiveStartTagKey", wire::length(1, 128)),
      wire::member<&Request::limit>("Limit", wire::range(1, 50)),
      wire::member<&Request::stream_arn>("StreamARN", wire::length(1, 2048),
                                         wire::pattern(kArnPattern)),
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)));
};

struct Response {
  std::vector<Tag> tags;
  bool has_more_tags = false;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::tags>("Tags", wire::required, wire::length(0, 200)),
                      wire::member<&Response::has_more_tags>("HasMoreTags", wire::required));
};

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  const auto stream = find_stream(kinesis, caller, names_of(request));
  if (!stream) co_return std::unexpected(stream.error());
  auto tags = co_await kinesis.streams.tags(*stream);
  if (!tags) co_return std::unexpected(std::move(tags).error());
  const auto limit = static_cast<std::size_t>(request.limit.value_or(kLimitDefault));
  Response response;
  for (auto& [key, value] : *tags) {
    if (request.exclusive_start_tag_key && key <= *request.exclusive_start_tag_key) continue;
    if (response.tags.size() == limit) {
      response.has_more_tags = true;
      break;
    }
    response.tags.push_back({key, std::move(value)});
  }
  co_return response;
}

}  // namespace

Operation list_tags_for_stream(Kinesis& kinesis) {
  return operation<Request, Response>("ListTagsForStream", "kinesis:ListTagsForStream",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
