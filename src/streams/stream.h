// A stream with its shards: records are put, read and counted here.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/mutex.h"
#include "base/random.h"
#include "io/blocking_pool.h"
#include "storage/commit.h"
#include "storage/store.h"
#include "streams/consumers.h"
#include "streams/hash_key.h"
#include "streams/metrics.h"
#include "streams/names.h"
#include "streams/on_demand.h"
#include "streams/rate.h"
#include "streams/sealing.h"
#include "streams/sequence_number.h"
#include "streams/settings.h"
#include "streams/shard_map.h"

namespace headrace::streams {

enum class Limits { kAws, kNone };

enum class StreamStatus { kCreating, kActive, kUpdating, kDeleting, kGone };
// "ACTIVE"; what is gone says "DELETING".
std::string_view status_name(StreamStatus status);

// Keys and data of all records of one put. The bytes of one record are the stream's to say.
inline constexpr std::size_t kPutBytesMax = 10UL << 20;
inline constexpr std::size_t kPutRecordsMax = 500;
inline constexpr std::size_t kReadRecordsMax = 10'000;
inline constexpr std::size_t kReadBytesMax = 10UL << 20;

// Records on their way in, in order. Each is within the stream's record_bytes_max(). An empty key
// is none, which Distribution::kAuto allows.
struct Draft {
  std::shared_ptr<storage::RecordBatch> records;
  // Of records that had one, by index, ascending.
  std::vector<std::pair<std::size_t, HashKey>> explicit_hash_keys;
};

// What became of each record of a draft.
struct Put {
  static constexpr std::uint32_t kThrottledBit = 1U << 31;
  struct Run {
    const Shard* shard;         // in `shards`
    SequenceNumber first;       // of the run's first admitted record; each further one is one more
    std::uint32_t records = 0;  // that were admitted
    std::uint32_t throttled = 0;
    std::int64_t bytes = 0;  // of the admitted ones' keys and data
  };
  std::shared_ptr<const ShardMap> shards;
  std::vector<Run> runs;
  // For each record the run of its shard; with kThrottledBit set when the shard refused it.
  std::vector<std::uint32_t> run_of;
  std::size_t throttled = 0;
  bool sealed = false;
};

struct Read {
  storage::Slice slice;    // in the clear; records that were sealed have a mark
  std::int64_t bytes = 0;  // of keys and data
  std::int64_t millis_behind_latest = 0;
  bool ended = false;  // the shard is closed, and this read came to its end
};

// Of what a stream may change only so often in 24 hours; the values are in the database.
enum class CountedChange : std::uint8_t {
  kShardCount = 1,
  kMode = 2,
  kEncryption = 3,
  kDecryption = 4,
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
    StreamSettings settings;
    std::vector<Shard> shards;                                    // in order of their ids
    std::vector<std::pair<CountedChange, std::int64_t>> changes;  // and when, in ms
    std::vector<DataKeyRow> data_keys;
  };
  struct Environment {
    storage::Store& store;
    Clock& clock;
    io::BlockingPool& pool;
    Limits limits = Limits::kAws;
    std::int64_t transition_ms = 500;  // how long CREATING, UPDATING and DELETING last
    Random& random;
    const KeyRing& key_ring;
    std::function<void(const std::string&)> warn;
    // Runs when the first put of a load window was taken by an on-demand stream; short.
    std::function<void(std::shared_ptr<Stream>)> load_window_began;
  };

  Stream(Row row, const Environment& environment);

  std::uint64_t id() const { return id_; }
  const StreamKey& key() const { return key_; }
  std::int64_t created_ms() const { return created_ms_; }
  // What AWS calls StreamId: 20 letters and digits, a hyphen and three more, never used again.
  const std::string& public_id() const { return public_id_; }
  std::shared_ptr<const ShardMap> shards() const EXCLUDES(mutex_);
  StreamStatus status() const EXCLUDES(mutex_);
  StreamSettings settings() const EXCLUDES(mutex_);
  // Records that arrived before this have expired.
  std::int64_t not_before_ms() const EXCLUDES(mutex_);
  // "stream NAME under account ACCOUNT", for messages.
  std::string described() const;
  // kNotFound, in the service's words.
  std::unexpected<Error> no_such_shard(std::string_view shard) const;
  // kInUse, in the service's words, unless the stream is ACTIVE.
  Status check_active() const;
  // How often that was done in the 24 hours before now.
  std::size_t changes_today(CountedChange kind) const EXCLUDES(mutex_);

  // Since the start of the process. A shard's are counted, and told, while they are enabled and the
  // shard has records or takes them.
  StreamMetrics& metrics() { return metrics_; }
  std::vector<std::pair<ShardId, Statistic::Values>> shard_metrics(ShardMetric metric) const
      EXCLUDES(mutex_);
  // Of a subscription.
  void count_event(ShardId shard, const Read& event) EXCLUDES(mutex_);

  // Durable when it returns. A shard that has had enough refuses records one by one. kNotFound
  // once the stream was deleted; kKeyNotFound, kKeyRefused when it seals and cannot.
  boost::asio::awaitable<Result<Put>> put(Draft draft);

  // `listener` runs, on any thread, when shards were closed, when a closed one has all its records,
  // and when the stream is deleted; short, no call back. Once remove_listener has returned it runs
  // no more. New records are told by the store's listeners.
  std::uint64_t add_listener(std::function<void()> listener) EXCLUDES(listeners_mutex_);
  void remove_listener(std::uint64_t listener) EXCLUDES(listeners_mutex_);

  // The record number that each of these begins to read at.
  std::uint64_t latest(ShardId shard) const;
  boost::asio::awaitable<Result<std::uint64_t>> at_time(ShardId shard, std::int64_t ms);
  // Charges a shard for being asked where to begin. kThroughputExceeded.
  Status admit_iterator_call(ShardId shard);

  // Who is registered to read by enhanced fan-out.
  Consumers& consumers() { return consumers_; }

  // From record `from` on. kThroughputExceeded, and what open() answers.
  boost::asio::awaitable<Result<Read>> read(ShardId shard, std::uint64_t from,
                                            std::size_t records_max);
  // The same, of up to `bytes_max` of keys and data, at nobody's charge.
  boost::asio::awaitable<Result<Read>> fetch(ShardId shard, std::uint64_t from,
                                             std::size_t records_max, std::size_t bytes_max);
  // What the store has of a shard, in the clear: for those who read it without read(). Sealed
  // records keep their marks; damaged ones are left out, with a warning. kKeyNotFound, kKeyRefused.
  Result<storage::Slice> open(ShardId shard, storage::Slice slice) const;

 private:
  friend class Streams;
  struct Lane {
    WriteLimit writes;
    ReadLimit reads;
    ReadLimit iterators;
    std::uint64_t next = 0;
    std::uint32_t puts_under_way = 0;
    std::int64_t window_bytes = 0;  // accepted in the load window, on-demand streams only
    std::int64_t window_records = 0;
    std::unique_ptr<ShardMetrics> metrics;  // made when the first is enabled
  };

  // Where records go now, and what happens to them before.
  struct Routing {
    std::shared_ptr<const ShardMap> shards;
    bool spread = false;
    bool sealed = false;
  };
  Routing routing() const EXCLUDES(mutex_);
  // False when sealing has ended meanwhile. A pointer, since put() keeps the draft.
  boost::asio::awaitable<Result<bool>> seal(Draft* draft);
  // For the blocking pool: the key that seals from now on; null: sealing has ended.
  Result<std::shared_ptr<DataKey>> replace_data_key(std::size_t records) EXCLUDES(data_key_mutex_);
  // Fill shards, runs (without numbers) and run_of.
  Put sort(const Draft& draft, std::shared_ptr<const ShardMap> shards) const;
  Put spread(const Draft& draft, std::shared_ptr<const ShardMap> shards);
  struct Submitted {
    bool outdated = false;  // nothing was done: `put` was made for a stream that changed meanwhile
    std::optional<storage::CommitTicket> ticket;  // nothing when every record was refused
    bool window_began = false;
  };
  Result<Submitted> submit(Draft& draft, Put* put) EXCLUDES(mutex_);
  void finish(const Put& put) EXCLUDES(mutex_);
  void count(const Put& put) EXCLUDES(mutex_);
  void count(ShardId shard, const Read& read) EXCLUDES(mutex_);
  void count_outgoing(ShardId shard, const Read& read) EXCLUDES(mutex_);
  void count_refused_read(ShardId shard) EXCLUDES(mutex_);
  void count(ShardId shard, ShardMetric metric, std::int64_t value) REQUIRES(mutex_);
  Result<storage::Slice> read_blocking(ShardId shard, std::uint64_t from,
                                       const storage::ReadLimits& limits) const;
  bool ended(ShardId shard, const storage::Slice& slice) const EXCLUDES(mutex_);
  std::unexpected<Error> throttled(ShardId shard) const;
  void notify() const EXCLUDES(listeners_mutex_);

  // For Streams. While one change is under way no other can begin and the stream is UPDATING.
  Status begin_change() EXCLUDES(mutex_);
  void end_change(bool changed) EXCLUDES(mutex_);
  void set_deleted(std::int64_t ms) EXCLUDES(mutex_);
  void set_settings(StreamSettings settings) EXCLUDES(mutex_);
  void set_shards(std::shared_ptr<const ShardMap> shards) EXCLUDES(mutex_);
  void count_change(CountedChange kind, std::int64_t ms) EXCLUDES(mutex_);
  // Ends the load window; what the open shards took in.
  std::vector<ShardLoad> take_load() EXCLUDES(mutex_);
  // Open shards that the load windows of the last hour needed at most. A restart forgets.
  std::size_t needed_shards() const EXCLUDES(mutex_);
  // For the blocking pool.
  Status forget_outlived_data_keys() EXCLUDES(data_key_mutex_);
  DataKeys::Ages record_ages() const EXCLUDES(mutex_);
  // For the blocking pool. Seals nothing yet.
  Result<DataKeys::Made> new_data_key(const std::string& key_id) const EXCLUDES(mutex_);

  const std::uint64_t id_;
  const StreamKey key_;
  const std::int64_t created_ms_;
  const std::string public_id_;
  Environment environment_;
  StreamMetrics metrics_;
  mutable DataKeys data_keys_;
  // Held from a data key's making to its use, so that keys are used in the order of their ages.
  Mutex data_key_mutex_;
  mutable Mutex mutex_;
  std::shared_ptr<const ShardMap> shards_ GUARDED_BY(mutex_);
  std::vector<Lane> lanes_ GUARDED_BY(mutex_);  // of all shards, by their index
  StreamSettings settings_ GUARDED_BY(mutex_);
  std::int64_t deleted_ms_ GUARDED_BY(mutex_);
  std::int64_t updating_until_ms_ GUARDED_BY(mutex_) = 0;
  bool changing_ GUARDED_BY(mutex_) = false;
  bool load_window_open_ GUARDED_BY(mutex_) = false;
  // Of all records there ever were: later than now where the clock was set back.
  std::int64_t newest_arrival_ms_ GUARDED_BY(mutex_) = 0;
  // When a load window ended and how many shards it needed; of the last hour.
  std::vector<std::pair<std::int64_t, std::size_t>> needs_ GUARDED_BY(mutex_);
  std::vector<std::pair<CountedChange, std::int64_t>> changes_ GUARDED_BY(mutex_);
  std::atomic<std::uint32_t> spread_from_ = 0;
  Consumers consumers_;
  mutable Mutex listeners_mutex_;
  std::map<std::uint64_t, std::function<void()>> listeners_ GUARDED_BY(listeners_mutex_);
  std::uint64_t next_listener_ GUARDED_BY(listeners_mutex_) = 0;
};

// Bytes of keys and data.
std::int64_t size_of(const storage::Slice& slice);

// What a shard says when it has had enough.
std::string throttled_message(const Stream& stream, ShardId shard);

}  // namespace headrace::streams
