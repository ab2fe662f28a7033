// UpdateStreamMode: provisioned or on-demand, twice a day. The shards stay as they are.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"
#include "services/kinesis/settings.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::string stream_arn;
  std::optional<std::string> stream_id;
  StreamModeDetails stream_mode_details;
  std::optional<std::int32_t> warm_throughput_mibps;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::stream_arn>("StreamARN", wire::required, wire::length(1, 2048),
                                         wire::pattern(kArnPattern)),
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)),
      wire::member<&Request::stream_mode_details>("StreamModeDetails", wire::required),
      wire::member<&Request::warm_throughput_mibps>("WarmThroughputMiBps", wire::range(0)));
};

boost::asio::awaitable<Result<NoResponse>> handle(Kinesis& kinesis, Caller caller,
                                                  Request request) {
  const streams::StreamMode mode = mode_from(request.stream_mode_details);
  if (request.warm_throughput_mibps && mode != streams::StreamMode::kOnDemand) {
    co_return fail(ErrorCode::kInvalidArgument,
                   "WarmThroughputMiBps can be specified only when the stream mode is updated to "
                   "ON_DEMAND.");
  }
  const auto stream =
      find_stream(kinesis, caller, {.arn = request.stream_arn, .id = request.stream_id});
  if (!stream) co_return std::unexpected(stream.error());
  Status done = co_await kinesis.streams.set_mode(*stream, mode, request.warm_throughput_mibps);
  if (!done) co_return std::unexpected(std::move(done).error());
  co_return NoResponse{};
}

}  // namespace

Operation update_stream_mode(Kinesis& kinesis) {
  return operation<Request, NoResponse>("UpdateStreamMode", "kinesis:UpdateStreamMode",
                                        std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
