// UpdateStreamWarmThroughput: how much an on-demand stream takes at once, without growing first.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"
#include "services/kinesis/settings.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_name;
  std::optional<std::string> stream_id;
  std::int32_t warm_throughput_mibps = 0;
  static constexpr auto shape =
      wire::structure(wire::member<&Request::stream_arn>("StreamARN", wire::length(1, 2048),
                                                         wire::pattern(kArnPattern)),
                      wire::member<&Request::stream_name>("StreamName", wire::length(1, 128),
                                                          wire::pattern(kNamePattern)),
                      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                                        wire::pattern(kStreamIdPattern)),
                      wire::member<&Request::warm_throughput_mibps>(
                          "WarmThroughputMiBps", wire::required, wire::range(0)));
};

struct Response {
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_name;
  std::optional<WarmThroughput> warm_throughput;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::stream_arn>("StreamARN", wire::length(1, 2048),
                                                          wire::pattern(kArnPattern)),
                      wire::member<&Response::stream_name>("StreamName", wire::length(1, 128),
                                                           wire::pattern(kNamePattern)),
                      wire::member<&Response::warm_throughput>("WarmThroughput"));
};

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  const auto stream = find_stream(kinesis, caller, names_of(request));
  if (!stream) co_return std::unexpected(stream.error());
  Status done =
      co_await kinesis.streams.set_warm_throughput(*stream, request.warm_throughput_mibps);
  if (!done) co_return std::unexpected(std::move(done).error());
  const streams::StreamKey& key = (*stream)->key();
  co_return Response{key.arn(), key.name.text(), warm_throughput_of(kinesis, **stream)};
}

}  // namespace

Operation update_stream_warm_throughput(Kinesis& kinesis) {
  return operation<Request, Response>("UpdateStreamWarmThroughput",
                                      "kinesis:UpdateStreamWarmThroughput",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
