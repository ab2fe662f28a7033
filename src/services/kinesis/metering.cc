#include "services/kinesis/metering.h"

#include <chrono>

namespace headrace::services::kinesis {
namespace {

using streams::StreamMetric;

std::int64_t micros_since(const Clock& clock, MonotonicTime began) {
  return std::chrono::duration_cast<std::chrono::microseconds>(clock.monotonic_now() - began)
      .count();
}

struct Stored {
  std::int64_t records = 0;
  std::int64_t bytes = 0;
};

Stored stored(const Result<streams::Put>& put) {
  Stored sum;
  if (!put) return sum;
  for (const streams::Put::Run& run : put->runs) {
    sum.records += run.records;
    sum.bytes += run.bytes;
  }
  return sum;
}

}  // namespace

void count_put_record(streams::Stream& stream, const Result<streams::Put>& put, const Clock& clock,
                      MonotonicTime began) {
  const Stored sum = stored(put);
  streams::StreamMetrics& metrics = stream.metrics();
  metrics.add(StreamMetric::kPutRecordBytes, sum.bytes);
  metrics.add(StreamMetric::kPutRecordLatency, micros_since(clock, began));
  metrics.add(StreamMetric::kPutRecordSuccess, sum.records);
}

void count_put_records(streams::Stream& stream, const Result<streams::Put>& put,
                       std::size_t records, const Clock& clock, MonotonicTime began) {
  const Stored sum = stored(put);
  const auto total = static_cast<std::int64_t>(records);
  const std::int64_t throttled = put ? static_cast<std::int64_t>(put->throttled) : 0;
  streams::StreamMetrics& metrics = stream.metrics();
  metrics.add(StreamMetric::kPutRecordsBytes, sum.bytes);
  metrics.add(StreamMetric::kPutRecordsLatency, micros_since(clock, began));
  metrics.add(StreamMetric::kPutRecordsRecords, sum.records);
  metrics.add(StreamMetric::kPutRecordsSuccess, sum.records > 0 ? 1 : 0);
  metrics.add(StreamMetric::kPutRecordsTotalRecords, total);
  metrics.add(StreamMetric::kPutRecordsSuccessfulRecords, sum.records);
  metrics.add(StreamMetric::kPutRecordsFailedRecords, total - sum.records - throttled);
  metrics.add(StreamMetric::kPutRecordsThrottledRecords, throttled);
}

void count_get_records(streams::Stream& stream, const Result<streams::Read>& read,
                       const Clock& clock, MonotonicTime began) {
  streams::StreamMetrics& metrics = stream.metrics();
  metrics.add(StreamMetric::kGetRecordsLatency, micros_since(clock, began));
  metrics.add(StreamMetric::kGetRecordsSuccess, read ? 1 : 0);
  if (!read) return;
  metrics.add(StreamMetric::kGetRecordsBytes, read->bytes);
  metrics.add(StreamMetric::kGetRecordsRecords,
              static_cast<std::int64_t>(read->slice.records.size()));
  metrics.add(StreamMetric::kGetRecordsIteratorAge, read->millis_behind_latest);
}

}  // namespace headrace::services::kinesis
