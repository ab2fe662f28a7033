// DisableEnhancedMonitoring: which metrics are kept for each shard; ALL stands for every one.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"
#include "services/kinesis/settings.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::optional<std::string> stream_name;
  std::vector<std::string> shard_level_metrics;
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  static constexpr auto shape =
      wire::structure(wire::member<&Request::stream_name>("StreamName", wire::length(1, 128),
                                                          wire::pattern(kNamePattern)),
                      wire::member<&Request::shard_level_metrics>(
                          "ShardLevelMetrics", wire::required, wire::length(1, 7),
                          wire::each(wire::one_of(kShardMetrics))),
                      wire::member<&Request::stream_arn>("StreamARN", wire::length(1, 2048),
                                                         wire::pattern(kArnPattern)),
                      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                                        wire::pattern(kStreamIdPattern)));
};

boost::asio::awaitable<Result<EnhancedMonitoring>> handle(Kinesis& kinesis, Caller caller,
                                                          Request request) {
  const auto stream = find_stream(kinesis, caller, names_of(request));
  if (!stream) co_return std::unexpected(stream.error());
  const std::uint32_t metrics = metrics_from(request.shard_level_metrics);
  const auto change = co_await kinesis.streams.set_shard_metrics(*stream, metrics, false);
  if (!change) co_return std::unexpected(change.error());
  const streams::StreamKey& key = (*stream)->key();
  co_return EnhancedMonitoring{key.name.text(), metric_names(change->before),
                               metric_names(change->after), key.arn()};
}

}  // namespace

Operation disable_enhanced_monitoring(Kinesis& kinesis) {
  return operation<Request, EnhancedMonitoring>("DisableEnhancedMonitoring",
                                                "kinesis:DisableEnhancedMonitoring",
                                                std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
