// Registered consumers: who reads a stream by enhanced fan-out.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/mutex.h"
#include "streams/names.h"
#include "streams/rate.h"

namespace headrace::streams {

class SubscriptionLink;

enum class ConsumerStatus { kCreating, kActive, kDeleting, kGone };
// "ACTIVE"; what is gone says "DELETING".
std::string_view status_name(ConsumerStatus status);

// What identifies a registered consumer to its users. Its name is made as a stream's is.
struct ConsumerKey {
  StreamKey stream;
  StreamName name;
  std::int64_t created_s = 0;  // since 1970; so another of the same name is another consumer
  bool operator==(const ConsumerKey&) const = default;

  std::string arn() const;  // "STREAM_ARN/consumer/NAME:CREATED_S"
  // Nothing when it is not the ARN of a consumer.
  static std::optional<ConsumerKey> parse_arn(std::string_view arn);
};

// kNotFound, in the service's words.
std::unexpected<Error> no_such_consumer(const ConsumerKey& key);

// Owned by its stream; subscriptions share it. Thread-safe.
class Consumer {
 public:
  // Another subscription to a shard so soon after one that succeeded is refused.
  static constexpr std::chrono::seconds kTakeOverAfter{5};

  // CREATING and DELETING last for `transition_ms`.
  Consumer(ConsumerKey key, std::int64_t created_ms, std::int64_t deleted_ms, Clock& clock,
           std::int64_t transition_ms);

  const ConsumerKey& key() const { return key_; }
  std::int64_t created_ms() const { return created_ms_; }
  ConsumerStatus status() const EXCLUDES(mutex_);
  // "Consumer NAME under stream STREAM", for messages.
  std::string described() const;
  // kNotFound, in the service's words.
  std::unexpected<Error> not_found() const;

  // Makes `link` the subscription to a shard; the one before ends with kInUse. kInUse, and nothing
  // changed, when a subscription began less than kTakeOverAfter ago, whether it lives or not;
  // kNotFound once the consumer was deleted.
  Status enter(ShardId shard, const std::shared_ptr<SubscriptionLink>& link) EXCLUDES(mutex_);
  // Nothing when another took over.
  void leave(ShardId shard, const SubscriptionLink* link) EXCLUDES(mutex_);

  // The rate of one shard's records to this consumer, whichever subscription they go through. When
  // the next may go, which is not after now when they may at once.
  MonotonicTime open_at(ShardId shard) EXCLUDES(mutex_);
  void charge(ShardId shard, std::int64_t bytes) EXCLUDES(mutex_);

  // Subscriptions end with kNotFound, and none begins any more.
  void set_deleted(std::int64_t ms) EXCLUDES(mutex_);
  // Of the subscriptions there are.
  std::vector<std::shared_ptr<SubscriptionLink>> links() const EXCLUDES(mutex_);

 private:
  struct Seat {
    std::shared_ptr<SubscriptionLink> link;  // null: nobody
    MonotonicTime entered_at;
    PushLimit limit;
  };

  const ConsumerKey key_;
  const std::int64_t created_ms_;
  Clock& clock_;
  const std::int64_t transition_ms_;
  mutable Mutex mutex_;
  std::int64_t deleted_ms_ GUARDED_BY(mutex_);  // 0: not deleted
  std::map<ShardId, Seat> seats_ GUARDED_BY(mutex_);
};

// Those of one stream, which owns them. Thread-safe.
class Consumers {
 public:
  // Null when there is none of that name, or it is gone.
  std::shared_ptr<Consumer> find(const std::string& name) const EXCLUDES(mutex_);
  // Those that are not gone, with names after `after`, in order, at most `count`.
  std::vector<std::shared_ptr<Consumer>> list(const std::string& after, std::size_t count) const
      EXCLUDES(mutex_);
  // Forgets those that are gone.
  void add(std::shared_ptr<Consumer> consumer) EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<Consumer>> consumers_ GUARDED_BY(mutex_);
};

}  // namespace headrace::streams
