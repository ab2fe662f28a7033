// TagResource: adds or replaces tags of a stream or a consumer, at most fifty in all.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"
#include "services/kinesis/resource.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::map<std::string, std::string> tags;
  std::string resource_arn;
  std::optional<std::string> stream_id;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::tags>("Tags", wire::required, wire::length(1, 200),
                                   wire::keys(wire::length(1, 128)),
                                   wire::each(wire::length(0, 256))),
      wire::member<&Request::resource_arn>("ResourceARN", wire::required, wire::length(1, 2048),
                                           wire::pattern(kResourceArnPattern)),
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)));
};

boost::asio::awaitable<Result<NoResponse>> handle(Kinesis& kinesis, Caller caller,
                                                  Request request) {
  CO_RETURN_IF_ERROR(check_tags(request.tags));
  const auto found = find_resource(kinesis, caller, request.resource_arn, request.stream_id);
  if (!found) co_return std::unexpected(found.error());
  Status done = co_await kinesis.streams.tag(*found, std::move(request.tags));
  if (!done) co_return std::unexpected(std::move(done).error());
  co_return NoResponse{};
}

}  // namespace

Operation tag_resource(Kinesis& kinesis) {
  return operation<Request, NoResponse>("TagResource", "kinesis:TagResource",
                                        std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
