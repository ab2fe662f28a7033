// A registered consumer reading a shard: records are pushed to it as they come.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "base/mutex.h"
#include "streams/stream.h"

namespace headrace::streams {

// What others hold of a subscription: to wake it, and to end it. Shared by the subscription, its
// consumer and the alarms and listeners that know it. Thread-safe.
class SubscriptionLink : public std::enable_shared_from_this<SubscriptionLink> {
 public:
  SubscriptionLink(std::shared_ptr<Stream> stream, storage::Store& store, Clock& clock);
  ~SubscriptionLink();  // detaches

  // Begins to listen to the shard's records and the stream.
  void attach(ShardId shard) EXCLUDES(mutex_);
  // Ends that; the store is not used any more.
  void detach() EXCLUDES(mutex_);

  // Whoever is in wait() returns, or the next who enters.
  void wake() EXCLUDES(mutex_);
  // At or after `when`.
  void wake_at(MonotonicTime when) EXCLUDES(mutex_);
  // wake() and what it was for are dealt with from here on.
  void settle() EXCLUDES(mutex_);
  // Returns on the caller's executor. One at a time.
  boost::asio::awaitable<void> wait();

  // The subscription is over: with an error as the last it says, or without. The first call counts.
  // Detaches, so that what is over may outlive the store.
  struct End {
    std::optional<Error> error;
  };
  void end(std::optional<Error> error) EXCLUDES(mutex_);
  std::optional<End> ended() const EXCLUDES(mutex_);

 private:
  using Resume = std::move_only_function<void()>;
  void when_woken(Resume resume) EXCLUDES(mutex_);

  const std::shared_ptr<Stream> stream_;
  storage::Store& store_;
  Clock& clock_;
  mutable Mutex mutex_;
  bool woken_ GUARDED_BY(mutex_) = false;
  Resume resume_ GUARDED_BY(mutex_);
  std::optional<End> end_ GUARDED_BY(mutex_);
  std::optional<MonotonicTime> alarm_at_ GUARDED_BY(mutex_);
  struct Listeners {
    std::uint64_t records;
    std::uint64_t shards;
  };
  std::optional<Listeners> listeners_ GUARDED_BY(mutex_);
};

// Made by Streams::subscribe(); its reader owns it. next() is for one caller at a time, destruction
// for any thread once none is in it.
class Subscription {
 public:
  static constexpr std::chrono::minutes kLife{5};
  // An event comes after so long at the latest, without records when there are none.
  static constexpr std::chrono::seconds kQuietMax{5};
  static constexpr std::size_t kEventBytesMax = 1UL << 20;  // but for a single larger record

  struct Environment {
    storage::Store& store;
    Clock& clock;
    Limits limits = Limits::kAws;
  };

  Subscription(std::shared_ptr<Stream> stream, std::shared_ptr<Consumer> consumer, ShardId shard,
               std::uint64_t from, const Environment& environment);
  ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  // kInUse, kNotFound: as Consumer::enter() says.
  Status begin();

  const std::shared_ptr<SubscriptionLink>& link() const { return link_; }
  const Stream& stream() const { return *stream_; }
  ShardId shard() const { return shard_; }

  // Waits for records, for the end of a closed shard, or for kQuietMax; nothing is read before it
  // is asked for. Read::slice.next is where another subscription goes on. Nothing when the
  // subscription has lived its life or its shard has ended. kInUse: another took over; kNotFound:
  // stream or consumer were deleted; kIo, kCorruption.
  boost::asio::awaitable<Result<std::optional<Read>>> next();

 private:
  // When records may go, kQuietMax is over, or the life is.
  MonotonicTime come_back_at(MonotonicTime open_at, MonotonicTime now) const;
  void close();

  const std::shared_ptr<Stream> stream_;
  const std::shared_ptr<Consumer> consumer_;
  const ShardId shard_;
  Clock& clock_;
  const bool limited_;
  const std::shared_ptr<SubscriptionLink> link_;
  std::uint64_t next_;
  MonotonicTime ends_at_;
  MonotonicTime spoke_at_;
  bool over_ = false;
};

}  // namespace headrace::streams
