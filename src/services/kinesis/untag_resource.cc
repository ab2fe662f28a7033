// UntagResource: removes tags of a stream or a consumer; keys that have none do not matter.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"
#include "services/kinesis/resource.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::vector<std::string> tag_keys;
  std::string resource_arn;
  std::optional<std::string> stream_id;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::tag_keys>("TagKeys", wire::required, wire::length(1, 50),
                                       wire::each(wire::length(1, 128))),
      wire::member<&Request::resource_arn>("ResourceARN", wire::required, wire::length(1, 2048),
                                           wire::pattern(kResourceArnPattern)),
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)));
};

boost::asio::awaitable<Result<NoResponse>> handle(Kinesis& kinesis, Caller caller,
                                                  Request request) {
  const auto found = find_resource(kinesis, caller, request.resource_arn, request.stream_id);
  if (!found) co_return std::unexpected(found.error());
  Status done = co_await kinesis.streams.untag(*found, std::move(request.tag_keys));
  if (!done) co_return std::unexpected(std::move(done).error());
  co_return NoResponse{};
}

}  // namespace

Operation untag_resource(Kinesis& kinesis) {
  return operation<Request, NoResponse>("UntagResource", "kinesis:UntagResource",
                                        std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
