// AddTagsToStream: adds or replaces tags, at most fifty in all.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::optional<std::string> stream_name;
  std::map<std::string, std::string> tags;
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  static constexpr auto shape =
      wire::structure(wire::member<&Request::stream_name>("StreamName", wire::length(1, 128),
                                                          wire::pattern(kNamePattern)),
                      wire::member<&Request::tags>("Tags", wire::required, wire::length(1, 200),
                                                   wire::keys(wire::length(1, 128)),
                                                   wire::each(wire::length(0, 256))),
                      wire::member<&Request::stream_arn>("StreamARN", wire::length(1, 2048),
                                                         wire::pattern(kArnPattern)),
                      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                                        wire::pattern(kStreamIdPattern)));
};

boost::asio::awaitable<Result<NoResponse>> handle(Kinesis& kinesis, Caller caller,
                                                  Request request) {
  CO_RETURN_IF_ERROR(check_tags(request.tags));
  auto stream = find_stream(kinesis, caller, names_of(request));
  if (!stream) co_return std::unexpected(std::move(stream).error());
  Status done = co_await kinesis.streams.tag(*stream, std::move(request.tags));
  if (!done) co_return std::unexpected(std::move(done).error());
  co_return NoResponse{};
}

}  // namespace

Operation add_tags_to_stream(Kinesis& kinesis) {
  return operation<Request, NoResponse>("AddTagsToStream", "kinesis:AddTagsToStream",
                                        std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
