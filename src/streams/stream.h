// A stream with its shards: records are put, read and counted here.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/mutex.h"
#include "io/blocking_pool.h"
#include "storage/commit.h"
#include "storage/store.h"
#include "streams/hash_key.h"
#include "streams/names.h"
#include "streams/rate.h"
#include "streams/sequence_number.h"

namespace headrace::streams {

enum class Limits { kAws, kNone };

struct Shard {
  ShardId id;
  HashKeyRange range;
  std::int64_t created_ms = 0;
};

enum class StreamStatus { kCreating, kActive, kDeleting, kGone };

// Key and data of one record together, and of all records of one put.
inline constexpr std::size_t kRecordBytesMax = 1UL << 20;
inline constexpr std::size_t kPutBytesMax = 10UL << 20;
inline constexpr std::size_t kPutRecordsMax = 500;
inline constexpr std::size_t kReadRecordsMax = 10'000;
inline constexpr std::size_t kReadBytesMax = 10UL << 20;

// Records on their way in, in order. Each is within kRecordBytesMax.
struct Draft {
  std::shared_ptr<storage::RecordBatch> records;
  // Of records that had one, by index, ascending.
  std::vector<std::pair<std::size_t, HashKey>> explicit_hash_keys;
};

// What became of each record of a draft.
struct Put {
  static constexpr std::uint32_t kThrottledBit = 1U << 31;
  struct Run {
    const Shard* shard;    // lives as long as the stream
    SequenceNumber first;  // of the run's first admitted record; each further one is one more
  };
  std::vector<Run> runs;
  // For each record the run of its shard; with kThrottledBit set when the shard refused it.
  std::vector<std::uint32_t> run_of;
  std::size_t throttled = 0;
};

struct Read {
  storage::Slice slice;
  std::int64_t millis_behind_latest = 0;
};

// Owned by Streams; calls under way share it: who awaits one holds the stream. Thread-safe.
class Stream : public std::enable_shared_from_this<Stream> {
 public:
  // As the database has it.
  struct Row {
    std::uint64_t id = 0;  // the storage stream
    StreamKey key;
    std::int64_t created_ms = 0;
    std::int64_t deleted_ms = 0;  // 0: not deleted
    std::int32_t retention_hours = 24;
    std::int64_t horizon_ms = 0;  // records older than this had expired when retention grew
    std::vector<Shard> shards;    // in order of their ids and ranges
  };
  struct Environment {
    storage::Store& store;
    Clock& clock;
    io::BlockingPool& pool;
    Limits limits = Limits::kAws;
    std::int64_t transition_ms = 500;  // how long CREATING and DELETING last
    std::function<void(const std::string&)> warn;
  };

  Stream(Row row, const Environment& environment);

  std::uint64_t id() const { return row_.id; }
  const StreamKey& key() const { return row_.key; }
  std::int64_t created_ms() const { return row_.created_ms; }
  const std::vector<Shard>& shards() const { return row_.shards; }
  Result<const Shard*> shard(ShardId id) const;  // kNotFound
  StreamStatus status() const;
  std::int32_t retention_hours() const;
  // Records that arrived before this have expired.
  std::int64_t not_before_ms() const;
  // "stream NAME under account ACCOUNT", for messages.
  std::string described() const;

  // Durable when it returns. A shard that has had enough refuses records one by one. kNotFound
  // once the stream was deleted.
  boost::asio::awaitable<Result<Put>> put(Draft draft);

  // The record number that each of these begins to read at.
  std::uint64_t latest(ShardId shard) const;
  boost::asio::awaitable<Result<std::uint64_t>> at_time(ShardId shard, std::int64_t ms);
  // Charges a shard for being asked where to begin. kThroughputExceeded.
  Status admit_iterator_call(ShardId shard);

  // From record `from` on. kThroughputExceeded.
  boost::asio::awaitable<Result<Read>> read(ShardId shard, std::uint64_t from,
                                            std::size_t records_max);

 private:
  friend class Streams;
  struct Lane {
    WriteLimit writes;
    ReadLimit reads;
    ReadLimit iterators;
    std::uint64_t next = 0;
  };

  std::uint32_t shard_of(HashKey key) const;
  // Fills runs (without numbers) and run_of.
  Put sort(const Draft& draft) const;
  // Nothing when every record was refused.
  Result<std::optional<storage::CommitTicket>> submit(Draft draft, Put* put) EXCLUDES(mutex_);
  Result<storage::Slice> read_blocking(ShardId shard, std::uint64_t from,
                                       const storage::ReadLimits& limits) const;
  std::unexpected<Error> throttled(ShardId shard) const;
  void set_deleted(std::int64_t ms) EXCLUDES(mutex_);
  void set_retention(std::int32_t hours, std::int64_t horizon_ms) EXCLUDES(mutex_);

  Row row_;
  Environment environment_;
  mutable Mutex mutex_;
  std::vector<Lane> lanes_ GUARDED_BY(mutex_);
  std::int64_t deleted_ms_ GUARDED_BY(mutex_);
  std::int32_t retention_hours_ GUARDED_BY(mutex_);
  std::int64_t horizon_ms_ GUARDED_BY(mutex_);
};

// What a shard says when it has had enough.
std::string throttled_message(const Stream& stream, ShardId shard);

}  // namespace headrace::streams
