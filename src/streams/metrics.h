// What is counted of each stream, under the names that the service documents.
//
// Source: "Monitor the Amazon Kinesis Data Streams service with Amazon CloudWatch", Amazon Kinesis
// Data Streams Developer Guide.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/statistic.h"
#include "streams/settings.h"

namespace headrace::streams {

// Bytes are those of data and partition keys. Latencies are in microseconds, ages in milliseconds.
// What says how many of its kind succeeded has one value, 0 or 1, for each call.
enum class StreamMetric : std::uint8_t {
  // Counted by Stream.
  kIncomingBytes,
  kIncomingRecords,
  kOutgoingBytes,
  kOutgoingRecords,
  kWriteThrottled,
  kReadThrottled,
  // Counted by the operations.
  kPutRecordBytes,
  kPutRecordLatency,
  kPutRecordSuccess,
  kPutRecordsBytes,
  kPutRecordsLatency,
  kPutRecordsRecords,
  kPutRecordsSuccess,
  kPutRecordsTotalRecords,
  kPutRecordsSuccessfulRecords,
  kPutRecordsFailedRecords,
  kPutRecordsThrottledRecords,
  kGetRecordsBytes,
  kGetRecordsIteratorAge,
  kGetRecordsLatency,
  kGetRecordsRecords,
  kGetRecordsSuccess,
  kSubscribeRateExceeded,
  kSubscribeSuccess,
  kSubscribeEventBytes,
  kSubscribeEventMillisBehindLatest,
  kSubscribeEventRecords,
  kSubscribeEventSuccess,
};
inline constexpr std::size_t kStreamMetrics = 28;

// Thread-safe.
class StreamMetrics {
 public:
  void add(StreamMetric metric, std::int64_t value) { of(metric).add(value); }
  Statistic& of(StreamMetric metric) { return all_[static_cast<std::size_t>(metric)]; }
  Statistic::Values values(StreamMetric metric) const {
    return all_[static_cast<std::size_t>(metric)].values();
  }

 private:
  std::array<Statistic, kStreamMetrics> all_;
};

// Of one shard, by ShardMetric. Thread-safe.
using ShardMetrics = std::array<Statistic, kShardMetrics>;

}  // namespace headrace::streams
