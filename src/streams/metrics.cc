#include "streams/metrics.h"

#include "streams/stream.h"

namespace headrace::streams {

std::vector<std::pair<ShardId, Statistic::Values>> Stream::shard_metrics(ShardMetric metric) const {
  std::vector<std::pair<ShardId, Statistic::Values>> found;
  const auto index = static_cast<std::size_t>(metric);
  const std::int64_t horizon_ms = not_before_ms();
  MutexLock lock(mutex_);
  if ((settings_.shard_metrics >> index & 1U) == 0) return found;
  for (std::uint32_t i = 0; i < lanes_.size(); ++i) {
    const Shard& shard = shards_->all()[i];
    if (!lanes_[i].metrics || (!shard.open() && shard.closed_ms <= horizon_ms)) continue;
    const Statistic::Values values = (*lanes_[i].metrics)[index].values();
    if (values.count > 0) found.emplace_back(shard.id, values);
  }
  return found;
}

void Stream::count(ShardId shard, ShardMetric metric, std::int64_t value) {
  const auto index = static_cast<std::size_t>(metric);
  if ((settings_.shard_metrics >> index & 1U) == 0) return;
  std::unique_ptr<ShardMetrics>& metrics = lanes_[shard.index].metrics;
  if (!metrics) metrics = std::make_unique<ShardMetrics>();
  (*metrics)[index].add(value);
}

// One value for each put and shard; what was throttled counts as nothing incoming.
void Stream::count(const Put& put) {
  std::int64_t records = 0;
  std::int64_t bytes = 0;
  for (const Put::Run& run : put.runs) {
    records += run.records;
    bytes += run.bytes;
  }
  if (records > 0) {
    metrics_.add(StreamMetric::kIncomingBytes, bytes);
    metrics_.add(StreamMetric::kIncomingRecords, records);
  }
  metrics_.add(StreamMetric::kWriteThrottled, static_cast<std::int64_t>(put.throttled));
  MutexLock lock(mutex_);
  if (settings_.shard_metrics == 0) return;
  for (const Put::Run& run : put.runs) {
    if (run.records > 0) {
      count(run.shard->id, ShardMetric::kIncomingBytes, run.bytes);
      count(run.shard->id, ShardMetric::kIncomingRecords, run.records);
    }
    count(run.shard->id, ShardMetric::kWriteThrottled, run.throttled);
  }
}

void Stream::count_outgoing(ShardId shard, const Read& read) {
  const auto records = static_cast<std::int64_t>(read.slice.records.size());
  metrics_.add(StreamMetric::kOutgoingBytes, read.bytes);
  metrics_.add(StreamMetric::kOutgoingRecords, records);
  MutexLock lock(mutex_);
  if (settings_.shard_metrics == 0) return;
  count(shard, ShardMetric::kOutgoingBytes, read.bytes);
  count(shard, ShardMetric::kOutgoingRecords, records);
}

void Stream::count_event(ShardId shard, const Read& event) {
  metrics_.add(StreamMetric::kSubscribeEventSuccess, 1);
  metrics_.add(StreamMetric::kSubscribeEventBytes, event.bytes);
  metrics_.add(StreamMetric::kSubscribeEventRecords,
               static_cast<std::int64_t>(event.slice.records.size()));
  metrics_.add(StreamMetric::kSubscribeEventMillisBehindLatest, event.millis_behind_latest);
  count_outgoing(shard, event);
}

void Stream::count(ShardId shard, const Read& read) {
  count_outgoing(shard, read);
  metrics_.add(StreamMetric::kReadThrottled, 0);
  MutexLock lock(mutex_);
  if (settings_.shard_metrics == 0) return;
  count(shard, ShardMetric::kIteratorAge, read.millis_behind_latest);
  count(shard, ShardMetric::kReadThrottled, 0);
}

void Stream::count_refused_read(ShardId shard) {
  metrics_.add(StreamMetric::kReadThrottled, 1);
  MutexLock lock(mutex_);
  count(shard, ShardMetric::kReadThrottled, 1);
}

}  // namespace headrace::streams
