// Every stream of the server: made, found, changed and removed here.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/mutex.h"
#include "base/random.h"
#include "io/blocking_pool.h"
#include "storage/store.h"
#include "streams/accounts.h"
#include "streams/resource.h"
#include "streams/stream.h"
#include "streams/subscription.h"
#include "streams/token.h"

namespace headrace::streams {

storage::Schema schema();

using Tags = std::map<std::string, std::string>;
inline constexpr std::size_t kTagsMax = 50;  // of a stream or a consumer

// What delivery reads. The functions keep the stream's description alive; once it is deleted there
// are no lanes any more.
struct Source {
  std::uint64_t stream = 0;  // in the storage layer
  std::function<std::vector<std::uint32_t>()> lanes;
  std::function<std::int64_t()> not_before_ms;
  // Stream::open of what was read from a lane.
  std::function<Result<storage::Slice>(std::uint32_t lane, storage::Slice)> open;
};

// A position in a shard, as clients carry it.
struct Iterator {
  std::shared_ptr<Stream> stream;
  ShardId shard;
  std::uint64_t next = 0;  // number of the record to read next
};

// Thread-safe. Storage ids lie below 2^40 and are never used again.
class Streams {
 public:
  static constexpr std::int64_t kTokenLifeMs = 300'000;

  struct Environment {
    storage::Store& store;
    Clock& clock;
    Random& random;
    io::BlockingPool& pool;
    Limits limits = Limits::kAws;
    std::int64_t transition_ms = 500;
    std::function<void(const std::string&)> warn;
    KeyRing key_ring = {};
  };

  explicit Streams(Environment environment);
  ~Streams();  // stops

  // Loads what the database has, drops records of streams it does not have, begins to trim.
  // Blocks.
  Status start();
  // Nothing is trimmed after this.
  void stop();

  Limits limits() const { return environment_.limits; }

  // Durable when it returns. kAlreadyExists, kLimitExceeded, kInvalidArgument (tags, distribution),
  // kValidation (warm throughput without a commitment).
  boost::asio::awaitable<Status> create(StreamKey key, std::uint32_t shards, Tags tags,
                                        StreamSettings settings = {});
  // The stream is kDeleting from then on, and gone after the transition; its consumers with it, but
  // kInUse when it has any and kIfUnread was asked for. kNotFound, kInUse.
  enum class Removal { kIfUnread, kWithConsumers };
  boost::asio::awaitable<Status> remove(std::shared_ptr<Stream> stream,
                                        Removal removal = Removal::kWithConsumers);

  // kNotFound, in the service's words.
  Result<std::shared_ptr<Stream>> find(const StreamKey& key) const;
  // Streams of an account in a region with names after `after`, in order, at most `count`.
  std::vector<std::shared_ptr<Stream>> list(const std::string& account, const std::string& region,
                                            const std::string& after, std::size_t count) const;
  // Of all accounts and regions, in order of their ids; also such as are being deleted.
  std::vector<std::shared_ptr<Stream>> all() const EXCLUDES(mutex_);
  // For delivery: by ARN, and by the id that an ARN led to once. kNotFound.
  Result<Source> source(const std::string& arn) const;
  Result<Source> source(std::uint64_t storage_stream) const;

  // Shards that provisioned streams of an account may have in a region, and those they have.
  static std::uint32_t shard_limit(std::string_view region);
  std::uint32_t open_shards(const std::string& account, const std::string& region) const;

  std::uint32_t on_demand_streams(const std::string& account, const std::string& region) const;

  // These have kNotFound for a consumer that is not registered, and those that change something
  // kInUse for a stream that is being created or deleted.
  boost::asio::awaitable<Result<Tags>> tags(Resource resource) const;
  // kInvalidArgument past kTagsMax.
  boost::asio::awaitable<Status> tag(Resource resource, Tags tags);
  boost::asio::awaitable<Status> untag(Resource resource, std::vector<std::string> keys);
  // kNotFound too when there is none.
  boost::asio::awaitable<Result<std::string>> policy(Resource resource) const;
  boost::asio::awaitable<Status> set_policy(Resource resource, std::string policy);
  boost::asio::awaitable<Status> remove_policy(Resource resource);

  // What becomes of a stream in one change, all of it or nothing.
  struct Change {
    StreamSettings settings;  // as they will be
    std::optional<Reshard> reshard = std::nullopt;
    std::optional<CountedChange> counted = std::nullopt;
    std::optional<DataKeys::Made> data_key = std::nullopt;  // seals from then on
    std::vector<storage::Mutation> more = {};
  };
  // Looks at a stream that nothing else changes meanwhile. No change: the stream stays as it is.
  using Decide =
      std::function<Result<std::optional<Change>>(const Stream& stream, std::int64_t now_ms)>;
  // Durable when it returns; the stream is UPDATING from the call until the transition is over.
  // kInUse unless it is ACTIVE, kNotFound, and what `decide` refuses.
  boost::asio::awaitable<Status> change(std::shared_ptr<Stream> stream, Decide decide);

  // kInvalidArgument when it goes astray.
  enum class Direction { kIncrease, kDecrease };
  boost::asio::awaitable<Status> change_retention(std::shared_ptr<Stream> stream,
                                                  Direction direction, std::int32_t hours);
  // kValidation on on-demand streams, kNotFound (shard), kInvalidArgument, kLimitExceeded.
  boost::asio::awaitable<Status> split(std::shared_ptr<Stream> stream, ShardId shard, HashKey key);
  boost::asio::awaitable<Status> merge(std::shared_ptr<Stream> stream, ShardId first,
                                       ShardId second);
  // Gives the count of open shards before.
  boost::asio::awaitable<Result<std::uint32_t>> set_shard_count(std::shared_ptr<Stream> stream,
                                                                std::uint32_t target);

  // Bits of StreamSettings::shard_metrics.
  struct MetricsChange {
    std::uint32_t before = 0;
    std::uint32_t after = 0;
  };
  boost::asio::awaitable<Result<MetricsChange>> set_shard_metrics(std::shared_ptr<Stream> stream,
                                                                  std::uint32_t metrics,
                                                                  bool enabled);
  boost::asio::awaitable<Status> set_record_size(std::shared_ptr<Stream> stream,
                                                 std::int32_t kib_max);
  // kInvalidArgument for kAuto on provisioned streams.
  boost::asio::awaitable<Status> set_distribution(std::shared_ptr<Stream> stream,
                                                  Distribution distribution);
  // kValidation on provisioned streams and without a commitment, kLimitExceeded.
  boost::asio::awaitable<Status> set_warm_throughput(std::shared_ptr<Stream> stream,
                                                     std::int32_t mibps);
  // `warm_mibps` (above 0: as set_warm_throughput) for a change to kOnDemand only, else
  // kInvalidArgument. kLimitExceeded past kModeChangesMax or a quota.
  boost::asio::awaitable<Status> set_mode(std::shared_ptr<Stream> stream, StreamMode mode,
                                          std::optional<std::int32_t> warm_mibps);

  Accounts& accounts() { return accounts_; }
  // Accounts::end(). kValidation while a stream of the account has warm throughput.
  boost::asio::awaitable<Result<Commitment>> end_commitment(std::string account,
                                                            std::string region);

  // Durable when it returns. kInUse (the stream's state), kAlreadyExists, kLimitExceeded,
  // kNotFound, kInvalidArgument (tags).
  boost::asio::awaitable<Result<std::shared_ptr<Consumer>>> register_consumer(
      std::shared_ptr<Stream> stream, StreamName name, Tags tags);
  // Durable when it returns; the consumer is kDeleting from then on. kNotFound.
  boost::asio::awaitable<Status> deregister_consumer(std::shared_ptr<Stream> stream,
                                                     std::shared_ptr<Consumer> consumer);
  // How many consumers a stream may have: more on demand with a commitment.
  std::size_t consumer_limit(const Stream& stream) const;
  // The consumer reads `shard` from record `from` on. kInUse (the consumer's state, and as
  // Consumer::enter() says), kNotFound, kUnavailable.
  Result<std::shared_ptr<Subscription>> subscribe(std::shared_ptr<Stream> stream,
                                                  std::shared_ptr<Consumer> consumer, ShardId shard,
                                                  std::uint64_t from);
  // Every subscription ends quietly and lets go of the store; none begins any more.
  void end_subscriptions() EXCLUDES(mutex_);
  // Records put once this has returned are sealed under that key (or another, if it was changed
  // meanwhile). Nothing happens if it seals already. kLimitExceeded, and what the key ring refuses.
  boost::asio::awaitable<Status> start_encryption(std::shared_ptr<Stream> stream,
                                                  std::string key_id);
  // What is sealed stays so. kLimitExceeded.
  boost::asio::awaitable<Status> stop_encryption(std::shared_ptr<Stream> stream);

  // Tokens are good for kTokenLifeMs, for the account and region they were made for, and survive a
  // restart.
  std::string make_iterator(const Iterator& iterator) const;
  // kInvalidArgument, kIteratorExpired, kNotFound (the stream is gone).
  Result<Iterator> open_iterator(std::string_view token, const std::string& account,
                                 const std::string& region) const;
  // `text` for the next page of a listing; `bound` says of which.
  std::string make_page(std::string_view text, std::string_view bound) const;
  // kInvalidArgument, kTokenExpired.
  Result<std::string> open_page(std::string_view token, std::string_view bound) const;

 private:
  struct Chores;
  class Claim;

  Status load();
  Status load_consumers();
  std::shared_ptr<Consumer> make_consumer(const Stream& stream, StreamName name,
                                          std::int64_t created_ms, std::int64_t deleted_ms) const;
  storage::Entry entry_of(const Stream& stream, const Consumer& consumer, const Tags& tags) const;
  // What the guard of that index in the entry of a new consumer means.
  std::unexpected<Error> refused(const Stream& stream, const Consumer& consumer,
                                 std::size_t guard) const;
  Status load_secret();
  Stream::Environment stream_environment();
  std::shared_ptr<Stream> by_id(std::uint64_t id) const EXCLUDES(mutex_);
  void add(std::shared_ptr<Stream> stream) EXCLUDES(mutex_);
  static std::unexpected<Error> no_such_stream(const StreamKey& key);
  Status check_room(const StreamKey& key, std::uint32_t shards, StreamMode mode) const;
  Status check_shard_room(const std::string& account, const std::string& region,
                          std::uint32_t more) const;
  Status check_on_demand_room(const std::string& account, const std::string& region) const;
  Status check_settings(const StreamKey& key, const StreamSettings& settings) const;
  Status check_mode_change(const Stream& stream, StreamMode mode) const;
  Status check_warm(const StreamKey& key, std::int32_t mibps) const;
  static Status check_distribution(StreamMode mode, Distribution distribution);
  std::size_t tags_max() const;
  static std::unexpected<Error> too_many_tags(const std::string& resource);
  static storage::Entry entry_of(const Stream& stream, const Change& change, std::int64_t now_ms);
  static void apply(Stream& stream, Change change, std::int64_t now_ms);
  // change() for the blocking pool.
  Status change_blocking(const std::shared_ptr<Stream>& stream, const Decide& decide);
  // Runs `chore` on the blocking pool after `delay`, unless stopped by then.
  void later(std::chrono::nanoseconds delay, std::function<void(Streams&)> chore);
  void finish_removal_at(std::shared_ptr<Stream> stream, std::int64_t gone_ms);
  void finish_removal(const std::shared_ptr<Stream>& stream) EXCLUDES(mutex_);
  void follow_load(const std::shared_ptr<Stream>& stream);
  void trim_and_repeat();
  void check_data_keys() const;

  Environment environment_;
  Accounts accounts_;
  std::optional<TokenSeal> seal_;   // set by start()
  std::shared_ptr<Chores> chores_;  // shared with alarms and the pool's tasks
  mutable Mutex mutex_;
  std::map<StreamKey, std::shared_ptr<Stream>> streams_ GUARDED_BY(mutex_);
  std::map<std::uint64_t, std::shared_ptr<Stream>> by_id_ GUARDED_BY(mutex_);
  std::uint64_t next_id_ GUARDED_BY(mutex_) = 1;
  bool subscriptions_over_ GUARDED_BY(mutex_) = false;
};

}  // namespace headrace::streams
