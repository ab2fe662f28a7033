#include "services/kinesis/settings.h"

namespace headrace::services::kinesis {

std::optional<WarmThroughput> warm_throughput_of(const Kinesis& kinesis,
                                                 const streams::Stream& stream) {
  const streams::StreamKey& key = stream.key();
  const streams::StreamSettings settings = stream.settings();
  const std::int64_t now = kinesis.clock.wall_now().ms;
  if (settings.mode != streams::StreamMode::kOnDemand ||
      !kinesis.streams.accounts().commitment(key.account, key.region).in_force(now)) {
    return std::nullopt;
  }
  // An open shard takes 1 MiB/s.
  const auto current = static_cast<std::int32_t>(stream.shards()->open().size());
  return WarmThroughput{settings.warm_mibps, current};
}

MinimumThroughputBillingCommitment describe_commitment(const streams::Commitment& commitment,
                                                       WallTime now) {
  MinimumThroughputBillingCommitment described{.status = "DISABLED"};
  if (commitment.started_ms == 0) return described;
  described.started_at = WallTime{commitment.started_ms};
  if (!commitment.in_force(now.ms)) {
    described.ended_at = WallTime{commitment.ended_ms};
    return described;
  }
  described.status = commitment.ended_ms == 0 ? "ENABLED" : "ENABLED_UNTIL_EARLIEST_ALLOWED_END";
  described.earliest_allowed_end_at = WallTime{commitment.earliest_end_ms()};
  return described;
}

streams::StreamMode mode_from(const StreamModeDetails& details) {
  return details.stream_mode == "ON_DEMAND" ? streams::StreamMode::kOnDemand
                                            : streams::StreamMode::kProvisioned;
}

streams::Distribution distribution_from(std::string_view text) {
  return text == "AUTO" ? streams::Distribution::kAuto : streams::Distribution::kPartitionKey;
}

std::uint32_t metrics_from(const std::vector<std::string>& names) {
  constexpr std::uint32_t kAll = (1U << streams::kShardMetrics) - 1;
  const std::vector<std::string> all = metric_names(kAll);
  std::uint32_t metrics = 0;
  for (const std::string& name : names) {
    if (name == "ALL") return kAll;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i] == name) metrics |= 1U << i;
    }
  }
  return metrics;
}

boost::asio::awaitable<Result<EnhancedMonitoring>> change_monitoring(Kinesis& kinesis,
                                                                     Caller caller,
                                                                     MonitoringRequest request,
                                                                     bool enabled) {
  const auto stream = find_stream(kinesis, caller, names_of(request));
  if (!stream) co_return std::unexpected(stream.error());
  const std::uint32_t metrics = metrics_from(request.shard_level_metrics);
  const auto change = co_await kinesis.streams.set_shard_metrics(*stream, metrics, enabled);
  if (!change) co_return std::unexpected(change.error());
  const streams::StreamKey& key = (*stream)->key();
  co_return EnhancedMonitoring{key.name.text(), metric_names(change->before),
                               metric_names(change->after), key.arn()};
}

}  // namespace headrace::services::kinesis
