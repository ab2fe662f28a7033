#include "streams/subscription.h"

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "streams/streams.h"

namespace headrace::streams {

namespace asio = boost::asio;

SubscriptionLink::SubscriptionLink(std::shared_ptr<Stream> stream, storage::Store& store,
                                   Clock& clock)
    : stream_(std::move(stream)), store_(store), clock_(clock) {}

SubscriptionLink::~SubscriptionLink() { detach(); }

void SubscriptionLink::attach(ShardId shard) {
  const Listeners listeners{
      .records = store_.records().add_listener(stream_->id(), shard.index, [this] { wake(); }),
      .shards = stream_->add_listener([this] { wake(); })};
  bool over = false;
  {
    MutexLock lock(mutex_);
    listeners_ = listeners;
    over = end_.has_value();
  }
  if (over) detach();  // ended before it had what end() detaches
}

// Without the lock: the listeners take it.
void SubscriptionLink::detach() {
  std::optional<Listeners> listeners;
  {
    MutexLock lock(mutex_);
    listeners = std::exchange(listeners_, std::nullopt);
  }
  if (!listeners) return;
  store_.records().remove_listener(stream_->id(), listeners->records);
  stream_->remove_listener(listeners->shards);
}

void SubscriptionLink::wake() {
  Resume resume;
  {
    MutexLock lock(mutex_);
    woken_ = true;
    resume = std::exchange(resume_, nullptr);
  }
  if (resume) resume();
}

void SubscriptionLink::wake_at(MonotonicTime when) {
  {
    MutexLock lock(mutex_);
    if (alarm_at_ && *alarm_at_ <= when) return;
    alarm_at_ = when;
  }
  clock_.call_at(when, [weak = weak_from_this(), when] {
    const auto link = weak.lock();
    if (!link) return;
    {
      MutexLock lock(link->mutex_);
      if (link->alarm_at_ == when) link->alarm_at_.reset();
    }
    link->wake();
  });
  // A clock that is moved may have passed it before it was set.
  if (clock_.monotonic_now() >= when) wake();
}

void SubscriptionLink::settle() {
  MutexLock lock(mutex_);
  woken_ = false;
}

void SubscriptionLink::when_woken(Resume resume) {
  {
    MutexLock lock(mutex_);
    if (!woken_) {
      resume_ = std::move(resume);
      return;
    }
  }
  resume();
}

asio::awaitable<void> SubscriptionLink::wait() {
  auto executor = co_await asio::this_coro::executor;
  auto initiate = [self = shared_from_this(), executor](auto handler) {
    self->when_woken([executor, handler = std::move(handler)]() mutable {
      asio::post(executor, std::move(handler));
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(std::move(initiate),
                                                                        asio::use_awaitable);
}

void SubscriptionLink::end(std::optional<Error> error) {
  {
    MutexLock lock(mutex_);
    if (!end_) end_ = End{std::move(error)};
  }
  detach();
  wake();
}

std::optional<SubscriptionLink::End> SubscriptionLink::ended() const {
  MutexLock lock(mutex_);
  return end_;
}

Subscription::Subscription(std::shared_ptr<Stream> stream, std::shared_ptr<Consumer> consumer,
                           ShardId shard, std::uint64_t from, const Environment& environment)
    : stream_(std::move(stream)),
      consumer_(std::move(consumer)),
      shard_(shard),
      clock_(environment.clock),
      limited_(environment.limits == Limits::kAws),
      link_(std::make_shared<SubscriptionLink>(stream_, environment.store, environment.clock)),
      next_(from),
      ends_at_(clock_.monotonic_now() + kLife),
      spoke_at_(clock_.monotonic_now()) {}

Subscription::~Subscription() { close(); }

Status Subscription::begin() {
  RETURN_IF_ERROR(consumer_->enter(shard_, link_));
  link_->attach(shard_);
  return {};
}

void Subscription::close() {
  over_ = true;
  link_->detach();
  consumer_->leave(shard_, link_.get());
}

MonotonicTime Subscription::come_back_at(MonotonicTime open_at, MonotonicTime now) const {
  return std::min(ends_at_, open_at > now ? open_at : spoke_at_ + kQuietMax);
}

asio::awaitable<Result<std::optional<Read>>> Subscription::next() {
  while (!over_) {
    link_->settle();  // what comes while we look wakes us again
    const MonotonicTime now = clock_.monotonic_now();
    if (auto end = link_->ended()) {
      close();
      if (end->error) co_return std::unexpected(std::move(*end->error));
    }
    if (over_ || now >= ends_at_) break;
    const MonotonicTime open_at = limited_ ? consumer_->open_at(shard_) : now;
    if (open_at <= now) {
      auto read = co_await stream_->fetch(shard_, next_, kReadRecordsMax, kEventBytesMax);
      if (!read) {
        stream_->metrics().add(StreamMetric::kSubscribeEventSuccess, 0);
        close();
        co_return std::unexpected(std::move(read).error());
      }
      next_ = read->slice.next;
      const bool quiet = read->slice.records.empty() && !read->ended;
      if (!quiet || now - spoke_at_ >= kQuietMax) {
        spoke_at_ = now;
        if (limited_) consumer_->charge(shard_, size_of(read->slice));
        stream_->count_event(shard_, *read);
        if (read->ended) close();
        co_return std::optional<Read>(std::move(*read));
      }
      if (!read->slice.at_tip) continue;  // what had expired was skipped
    }
    link_->wake_at(come_back_at(open_at, now));
    co_await link_->wait();
  }
  close();
  co_return std::nullopt;
}

Result<std::shared_ptr<Subscription>> Streams::subscribe(std::shared_ptr<Stream> stream,
                                                         std::shared_ptr<Consumer> consumer,
                                                         ShardId shard, std::uint64_t from) {
  if (const ConsumerStatus status = consumer->status(); status != ConsumerStatus::kActive) {
    return fail(ErrorCode::kInUse, consumer->described() + " is not ACTIVE, instead in state " +
                                       std::string(status_name(status)));
  }
  StreamMetrics& metrics = stream->metrics();  // the subscription keeps the stream
  auto subscription = std::make_shared<Subscription>(
      std::move(stream), std::move(consumer), shard, from,
      Subscription::Environment{
          .store = environment_.store, .clock = environment_.clock, .limits = environment_.limits});
  Status begun = subscription->begin();
  if (begun) {
    MutexLock lock(mutex_);
    if (subscriptions_over_) begun = fail(ErrorCode::kUnavailable, "The server is stopping.");
  }
  const bool too_soon = !begun && begun.error().code == ErrorCode::kInUse;
  metrics.add(StreamMetric::kSubscribeSuccess, begun ? 1 : 0);
  metrics.add(StreamMetric::kSubscribeRateExceeded, too_soon ? 1 : 0);
  RETURN_IF_ERROR(std::move(begun));
  return subscription;
}

void Streams::end_subscriptions() {
  {
    MutexLock lock(mutex_);
    subscriptions_over_ = true;
  }
  for (const auto& stream : all()) {
    for (const auto& consumer : stream->consumers().list({}, SIZE_MAX)) {
      for (const auto& link : consumer->links()) link->end(std::nullopt);
    }
  }
}

}  // namespace headrace::streams
