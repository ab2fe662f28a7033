// RemoveTagsFromStream: tags that are not there are no error.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::optional<std::string> stream_name;
  std::vector<std::string> tag_keys;
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::stream_name>("StreamName", wire::length(1, 128),
                                          wire::pattern(kNamePattern)),
      wire::member<&Request::tag_keys>("TagKeys", wire::required, wire::length(1, 50),
                                       wire::each(wire::length(1, 128))),
      wire::member<&Request::stream_arn>("StreamARN", wire::length(1, 2048),
                                         wire::pattern(kArnPattern)),
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)));
};

boost::asio::awaitable<Result<NoResponse>> handle(Kinesis& kinesis, Caller caller,
                                                  Request request) {
  auto stream = find_stream(kinesis, caller, names_of(request));
  if (!stream) co_return std::unexpected(std::move(stream).error());
  Status done = co_await kinesis.streams.untag(*stream, std::move(request.tag_keys));
  if (!done) co_return std::unexpected(std::move(done).error());
  co_return NoResponse{};
}

}  // namespace

Operation remove_tags_from_stream(Kinesis& kinesis) {
  return operation<Request, NoResponse>("RemoveTagsFromStream", "kinesis:RemoveTagsFromStream",
                                        std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
