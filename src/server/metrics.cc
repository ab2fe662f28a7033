#include "server/metrics.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

namespace headrace::server {
namespace {

using streams::ShardMetric;
using streams::StreamMetric;

// What a value of 1 is in the unit that is shown.
enum class Unit { kOne, kMicroseconds, kMilliseconds };

template <typename Metric>
struct Described {
  Metric metric;
  std::string_view name;      // Prometheus's
  std::string_view aws_name;  // in its help
  Unit unit = Unit::kOne;
};

constexpr std::array<Described<StreamMetric>, streams::kStreamMetrics> kOfStreams = {{
    {StreamMetric::kIncomingBytes, "incoming_bytes", "IncomingBytes"},
    {StreamMetric::kIncomingRecords, "incoming_records", "IncomingRecords"},
    {StreamMetric::kOutgoingBytes, "outgoing_bytes", "OutgoingBytes"},
    {StreamMetric::kOutgoingRecords, "outgoing_records", "OutgoingRecords"},
    {StreamMetric::kWriteThrottled, "write_provisioned_throughput_exceeded",
     "WriteProvisionedThroughputExceeded"},
    {StreamMetric::kReadThrottled, "read_provisioned_throughput_exceeded",
     "ReadProvisionedThroughputExceeded"},
    {StreamMetric::kPutRecordBytes, "put_record_bytes", "PutRecord.Bytes"},
    {StreamMetric::kPutRecordLatency, "put_record_latency_seconds", "PutRecord.Latency",
     Unit::kMicroseconds},
    {StreamMetric::kPutRecordSuccess, "put_record_success", "PutRecord.Success"},
    {StreamMetric::kPutRecordsBytes, "put_records_bytes", "PutRecords.Bytes"},
    {StreamMetric::kPutRecordsLatency, "put_records_latency_seconds", "PutRecords.Latency",
     Unit::kMicroseconds},
    {StreamMetric::kPutRecordsRecords, "put_records_records", "PutRecords.Records"},
    {StreamMetric::kPutRecordsSuccess, "put_records_success", "PutRecords.Success"},
    {StreamMetric::kPutRecordsTotalRecords, "put_records_total_records", "PutRecords.TotalRecords"},
    {StreamMetric::kPutRecordsSuccessfulRecords, "put_records_successful_records",
     "PutRecords.SuccessfulRecords"},
    {StreamMetric::kPutRecordsFailedRecords, "put_records_failed_records",
     "PutRecords.FailedRecords"},
    {StreamMetric::kPutRecordsThrottledRecords, "put_records_throttled_records",
     "PutRecords.ThrottledRecords"},
    {StreamMetric::kGetRecordsBytes, "get_records_bytes", "GetRecords.Bytes"},
    {StreamMetric::kGetRecordsIteratorAge, "get_records_iterator_age_seconds",
     "GetRecords.IteratorAgeMilliseconds", Unit::kMilliseconds},
    {StreamMetric::kGetRecordsLatency, "get_records_latency_seconds", "GetRecords.Latency",
     Unit::kMicroseconds},
    {StreamMetric::kGetRecordsRecords, "get_records_records", "GetRecords.Records"},
    {StreamMetric::kGetRecordsSuccess, "get_records_success", "GetRecords.Success"},
    {StreamMetric::kSubscribeRateExceeded, "subscribe_to_shard_rate_exceeded",
     "SubscribeToShard.RateExceeded"},
    {StreamMetric::kSubscribeSuccess, "subscribe_to_shard_success", "SubscribeToShard.Success"},
    {StreamMetric::kSubscribeEventBytes, "subscribe_to_shard_event_bytes",
     "SubscribeToShardEvent.Bytes"},
    {StreamMetric::kSubscribeEventMillisBehindLatest,
     "subscribe_to_shard_event_behind_latest_seconds", "SubscribeToShardEvent.MillisBehindLatest",
     Unit::kMilliseconds},
    {StreamMetric::kSubscribeEventRecords, "subscribe_to_shard_event_records",
     "SubscribeToShardEvent.Records"},
    {StreamMetric::kSubscribeEventSuccess, "subscribe_to_shard_event_success",
     "SubscribeToShardEvent.Success"},
}};

constexpr std::array<Described<ShardMetric>, streams::kShardMetrics> kOfShards = {{
    {ShardMetric::kIncomingBytes, "shard_incoming_bytes", "IncomingBytes"},
    {ShardMetric::kIncomingRecords, "shard_incoming_records", "IncomingRecords"},
    {ShardMetric::kOutgoingBytes, "shard_outgoing_bytes", "OutgoingBytes"},
    {ShardMetric::kOutgoingRecords, "shard_outgoing_records", "OutgoingRecords"},
    {ShardMetric::kWriteThrottled, "shard_write_provisioned_throughput_exceeded",
     "WriteProvisionedThroughputExceeded"},
    {ShardMetric::kReadThrottled, "shard_read_provisioned_throughput_exceeded",
     "ReadProvisionedThroughputExceeded"},
    {ShardMetric::kIteratorAge, "shard_iterator_age_seconds", "IteratorAgeMilliseconds",
     Unit::kMilliseconds},
}};

std::string shown(std::int64_t value, Unit unit) {
  if (unit == Unit::kOne) return std::to_string(value);
  const double seconds =
      static_cast<double>(value) / (unit == Unit::kMicroseconds ? 1'000'000.0 : 1'000.0);
  std::array<char, 32> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.6f", seconds);
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string escaped(std::string_view label) {
  std::string out;
  for (const char c : label) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string labels_of(const streams::StreamKey& key) {
  return "account=\"" + escaped(key.account) + "\",region=\"" + escaped(key.region) +
         "\",stream=\"" + escaped(key.name.text()) + "\"";
}

struct Labelled {
  std::shared_ptr<streams::Stream> stream;
  std::string labels;
};

std::vector<Labelled> labelled(const streams::Streams& streams) {
  std::vector<Labelled> found;
  for (auto& stream : streams.all()) {
    if (stream->status() == streams::StreamStatus::kGone) continue;
    std::string labels = labels_of(stream->key());
    found.push_back({std::move(stream), std::move(labels)});
  }
  return found;
}

// One family: its head comes with the first series that has values.
class Family {
 public:
  Family(std::string* out, std::string_view name, std::string_view aws_name, Unit unit)
      : out_(*out),
        name_("headrace_kinesis_" + std::string(name)),
        aws_name_(aws_name),
        unit_(unit) {}

  // Once there are some.
  void add(const std::string& labels, const Statistic::Values& values) {
    if (!begun_) {
      out_ += "# HELP " + name_ + " " + std::string(aws_name_) + ", since the start.\n";
      out_ += "# TYPE " + name_ + " summary\n";
      begun_ = true;
    }
    line("", labels + ",quantile=\"0\"", shown(values.min, unit_));
    line("", labels + ",quantile=\"1\"", shown(values.max, unit_));
    line("_sum", labels, shown(values.sum, unit_));
    line("_count", labels, std::to_string(values.count));
  }

 private:
  void line(std::string_view suffix, const std::string& labels, const std::string& value) {
    out_.append(name_).append(suffix).append("{").append(labels).append("} ");
    out_.append(value).append("\n");
  }

  std::string& out_;
  const std::string name_;
  const std::string_view aws_name_;
  const Unit unit_;
  bool begun_ = false;
};

}  // namespace

std::string metrics_text(const streams::Streams& streams) {
  std::string out;
  const std::vector<Labelled> all = labelled(streams);
  for (const auto& metric : kOfStreams) {
    Family family(&out, metric.name, metric.aws_name, metric.unit);
    for (const auto& [stream, labels] : all) {
      const Statistic::Values values = stream->metrics().values(metric.metric);
      if (values.count > 0) family.add(labels, values);
    }
  }
  for (const auto& metric : kOfShards) {
    Family family(&out, metric.name, metric.aws_name, metric.unit);
    for (const auto& [stream, labels] : all) {
      for (const auto& [shard, values] : stream->shard_metrics(metric.metric)) {
        family.add(labels + ",shard=\"" + shard.text() + "\"", values);
      }
    }
  }
  return out;
}

}  // namespace headrace::server
