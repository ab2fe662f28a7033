// What users set of a stream, all of which can change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace headrace::streams {

enum class StreamMode { kProvisioned, kOnDemand };

// Who decides where a record goes: its key, or the stream, which spreads records evenly.
enum class Distribution { kPartitionKey, kAuto };

// Bits of StreamSettings::shard_metrics, in the order in which they are listed.
enum class ShardMetric : std::uint8_t {
  kIncomingBytes,
  kIncomingRecords,
  kOutgoingBytes,
  kOutgoingRecords,
  kWriteThrottled,
  kReadThrottled,
  kIteratorAge,
};
inline constexpr int kShardMetrics = 7;

struct StreamSettings {
  std::int32_t retention_hours = 24;
  std::int64_t horizon_ms = 0;  // records older than this had expired when retention grew
  StreamMode mode = StreamMode::kProvisioned;
  Distribution distribution = Distribution::kPartitionKey;  // kAuto: on-demand streams only
  std::int32_t record_kib_max = 1024;                       // key and data of one record; to 10,240
  std::int32_t warm_mibps = 0;  // write capacity that an on-demand stream keeps ready; 0: unset
  std::uint32_t shard_metrics = 0;
  std::string key_id;  // of the key that seals the records; empty: they are not sealed

  std::size_t record_bytes_max() const { return static_cast<std::size_t>(record_kib_max) << 10; }
};

}  // namespace headrace::streams
