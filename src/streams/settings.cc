// What users set of a stream.
#include "streams/settings.h"

#include <algorithm>
#include <utility>

#include "streams/on_demand.h"
#include "streams/streams.h"

namespace headrace::streams {

namespace asio = boost::asio;

namespace {

std::string stream_of(const Stream& stream) {
  return stream.key().name.text() + " under account " + stream.key().account;
}

// To what an on-demand stream keeps ready, and what it began with, and what it needed lately.
std::optional<Reshard> reshard_for(const ShardMap& shards, std::int32_t warm_mibps,
                                   std::size_t needed, std::int64_t now_ms) {
  const std::size_t target = std::max<std::size_t>(on_demand_shards_at_start(warm_mibps), needed);
  Reshard reshard = reshard_uniformly(shards, target, now_ms);
  if (reshard.made.empty()) return std::nullopt;
  return reshard;
}

}  // namespace

asio::awaitable<Result<Streams::MetricsChange>> Streams::set_shard_metrics(
    std::shared_ptr<Stream> stream, std::uint32_t metrics, bool enabled) {
  auto done = std::make_shared<MetricsChange>();
  Decide decide = [metrics, enabled, done](const Stream& s,
                                           std::int64_t) -> Result<std::optional<Change>> {
    Change change{.settings = s.settings()};
    std::uint32_t& now = change.settings.shard_metrics;
    done->before = now;
    now = enabled ? now | metrics : now & ~metrics;
    done->after = now;
    if (done->after == done->before) return std::optional<Change>{};
    return change;
  };
  Status changed = co_await change(std::move(stream), std::move(decide));
  if (!changed) co_return std::unexpected(std::move(changed).error());
  co_return *done;
}

asio::awaitable<Status> Streams::set_record_size(std::shared_ptr<Stream> stream,
                                                 std::int32_t kib_max) {
  Decide decide = [kib_max](const Stream& s, std::int64_t) -> Result<std::optional<Change>> {
    Change change{.settings = s.settings()};
    if (change.settings.record_kib_max == kib_max) return std::optional<Change>{};
    change.settings.record_kib_max = kib_max;
    return change;
  };
  co_return co_await change(std::move(stream), std::move(decide));
}

asio::awaitable<Status> Streams::set_distribution(std::shared_ptr<Stream> stream,
                                                  Distribution distribution) {
  Decide decide = [distribution](const Stream& s, std::int64_t) -> Result<std::optional<Change>> {
    Change change{.settings = s.settings()};
    RETURN_IF_ERROR(check_distribution(change.settings.mode, distribution));
    if (change.settings.distribution == distribution) return std::optional<Change>{};
    change.settings.distribution = distribution;
    return change;
  };
  co_return co_await change(std::move(stream), std::move(decide));
}

asio::awaitable<Status> Streams::set_warm_throughput(std::shared_ptr<Stream> stream,
                                                     std::int32_t mibps) {
  Decide decide = [this, mibps](const Stream& s,
                                std::int64_t now) -> Result<std::optional<Change>> {
    Change change{.settings = s.settings()};
    if (change.settings.mode != StreamMode::kOnDemand) {
      return fail(ErrorCode::kValidation,
                  "Stream " + stream_of(s) +
                      " is in PROVISIONED mode. Warm throughput is supported for streams in "
                      "ON_DEMAND mode only.");
    }
    RETURN_IF_ERROR(check_warm(s.key(), mibps));
    change.settings.warm_mibps = mibps;
    change.reshard = reshard_for(*s.shards(), mibps, s.needed_shards(), now);
    return change;
  };
  co_return co_await change(std::move(stream), std::move(decide));
}

// The shards stay as they are; what only one mode has goes with it.
asio::awaitable<Status> Streams::set_mode(std::shared_ptr<Stream> stream, StreamMode mode,
                                          std::optional<std::int32_t> warm_mibps) {
  Decide decide = [this, mode, warm_mibps](const Stream& s,
                                           std::int64_t now) -> Result<std::optional<Change>> {
    Change change{.settings = s.settings(), .counted = CountedChange::kMode};
    if (change.settings.mode == mode) {
      if (!warm_mibps) return std::optional<Change>{};
      return fail(ErrorCode::kInvalidArgument,
                  "Stream " + stream_of(s) +
                      " is in ON_DEMAND mode already. WarmThroughputMiBps can be specified only "
                      "when the stream mode is updated to ON_DEMAND.");
    }
    RETURN_IF_ERROR(check_mode_change(s, mode));
    change.settings.mode = mode;
    change.settings.warm_mibps = 0;
    change.settings.distribution = Distribution::kPartitionKey;
    if (warm_mibps.value_or(0) > 0) {
      RETURN_IF_ERROR(check_warm(s.key(), *warm_mibps));
      change.settings.warm_mibps = *warm_mibps;
      const std::size_t open = s.shards()->open().size();
      if (static_cast<std::size_t>(*warm_mibps) > open) {
        change.reshard = reshard_for(*s.shards(), *warm_mibps, 0, now);
      }
    }
    return change;
  };
  co_return co_await change(std::move(stream), std::move(decide));
}

Status Streams::check_mode_change(const Stream& stream, StreamMode mode) const {
  if (environment_.limits == Limits::kNone) return {};
  if (stream.changes_today(CountedChange::kMode) >= kModeChangesMax) {
    return fail(ErrorCode::kLimitExceeded,
                "The capacity mode of stream " + stream_of(stream) + " can be switched only " +
                    std::to_string(kModeChangesMax) + " times within a 24 hour period.");
  }
  const StreamKey& key = stream.key();
  if (mode == StreamMode::kOnDemand) return check_on_demand_room(key.account, key.region);
  const auto open = static_cast<std::uint32_t>(stream.shards()->open().size());
  return check_shard_room(key.account, key.region, open);
}

Status Streams::check_warm(const StreamKey& key, std::int32_t mibps) const {
  if (!accounts_.committed(key.account, key.region)) {
    return fail(ErrorCode::kValidation,
                "Warm throughput is supported only for accounts that have "
                "MinimumThroughputBillingCommitment enabled. Account " +
                    key.account + " has not.");
  }
  const std::uint32_t limit = on_demand_shards_max(key.region);
  if (static_cast<std::uint32_t>(mibps) <= limit) return {};
  return fail(ErrorCode::kLimitExceeded, "WarmThroughputMiBps " + std::to_string(mibps) +
                                             " exceeds the limit of " + std::to_string(limit) +
                                             " MiB/s for a stream in " + key.region + ".");
}

Status Streams::check_distribution(StreamMode mode, Distribution distribution) {
  if (mode == StreamMode::kOnDemand || distribution == Distribution::kPartitionKey) return {};
  return fail(ErrorCode::kInvalidArgument,
              "RecordDistributionStrategy AUTO is supported for streams in ON_DEMAND mode only.");
}

Status Streams::check_settings(const StreamKey& key, const StreamSettings& settings) const {
  RETURN_IF_ERROR(check_distribution(settings.mode, settings.distribution));
  if (settings.warm_mibps == 0) return {};
  return check_warm(key, settings.warm_mibps);
}

Status Streams::check_on_demand_room(const std::string& account, const std::string& region) const {
  if (environment_.limits == Limits::kNone) return {};
  if (on_demand_streams(account, region) < kOnDemandStreamsMax) return {};
  return fail(ErrorCode::kLimitExceeded,
              "This request would exceed the limit of " + std::to_string(kOnDemandStreamsMax) +
                  " on-demand streams for the account " + account + " in " + region + ".");
}

std::uint32_t Streams::on_demand_streams(const std::string& account,
                                         const std::string& region) const {
  const auto all = list(account, region, {}, SIZE_MAX);
  return static_cast<std::uint32_t>(std::ranges::count_if(
      all, [](const auto& stream) { return stream->settings().mode == StreamMode::kOnDemand; }));
}

asio::awaitable<Result<Commitment>> Streams::end_commitment(std::string account,
                                                            std::string region) {
  for (const auto& stream : list(account, region, {}, SIZE_MAX)) {
    if (stream->settings().warm_mibps == 0) continue;
    co_return fail(ErrorCode::kValidation,
                   "MinimumThroughputBillingCommitment cannot be disabled while streams have warm "
                   "throughput. Set that of stream " +
                       stream->key().name.text() + " to 0 first.");
  }
  co_return co_await accounts_.end(std::move(account), std::move(region));
}

}  // namespace headrace::streams
