#include "streams/subscription.h"

#include "streams/streams_fixture.h"

namespace headrace::streams {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr ShardId kShard{0};

class SubscriptionTest : public StreamsFixture {
 protected:
  using Event = Result<std::optional<Read>>;

  // Of a stream "s" with one shard.
  void SetUp() override {
    StreamsFixture::SetUp();
    stream_ = make_stream("s");
    consumer_ = add("c");
  }
  void TearDown() override {
    stream_.reset();
    consumer_.reset();
    StreamsFixture::TearDown();
  }

  std::shared_ptr<Consumer> add(const std::string& name) {
    auto made = run(streams_->register_consumer(find("s"), *StreamName::parse(name), {}));
    EXPECT_TRUE(made) << made.error().message;
    clock_.advance(milliseconds(500));
    return made ? *made : nullptr;
  }

  std::shared_ptr<Subscription> subscribe(std::uint64_t from = 0,
                                          std::shared_ptr<Consumer> consumer = nullptr,
                                          ShardId shard = kShard) {
    auto made =
        streams_->subscribe(stream_, consumer ? std::move(consumer) : consumer_, shard, from);
    EXPECT_TRUE(made) << made.error().message;
    return made ? *made : nullptr;
  }

  // A next() that is under way; the test drives it, and to its end.
  struct Pending {
    std::vector<std::shared_ptr<boost::asio::io_context>>& spent;
    std::shared_ptr<boost::asio::io_context> context = std::make_shared<boost::asio::io_context>();
    std::optional<Event> event;
    // Whether the event came, after everything that can run has.
    bool came() {
      context->restart();
      while (context->poll() > 0) {
      }
      return event.has_value();
    }
    // For events that the pool or a commit brings: they come for certain.
    Event wait() {
      context->restart();
      while (!event) context->run_one();
      spent.push_back(context);
      return std::move(*event);
    }
  };
  std::unique_ptr<Pending> pull(const std::shared_ptr<Subscription>& subscription) {
    auto pending = std::make_unique<Pending>(spent_);
    boost::asio::co_spawn(
        *pending->context, next(subscription),
        [p = pending.get()](std::exception_ptr, Event event) { p->event = std::move(event); });
    return pending;
  }
  static boost::asio::awaitable<Event> next(std::shared_ptr<Subscription> subscription) {
    co_return co_await subscription->next();
  }
  Event take(const std::shared_ptr<Subscription>& subscription) {
    return pull(subscription)->wait();
  }

  static std::vector<std::uint64_t> numbers(const Event& event) {
    std::vector<std::uint64_t> numbers;
    if (!event || !*event) return numbers;
    for (const auto& record : (*event)->slice.records) numbers.push_back(record.number);
    return numbers;
  }
  static bool is_end(const Event& event) { return event && !*event; }

  // Threads that woke them may still be leaving: they go last.
  std::vector<std::shared_ptr<boost::asio::io_context>> spent_;
  std::shared_ptr<Stream> stream_;
  std::shared_ptr<Consumer> consumer_;
};

TEST_F(SubscriptionTest, records_that_are_there_come_at_once_and_later_ones_as_they_are_put) {
  put(*stream_, draft(2));
  const auto subscription = subscribe();
  EXPECT_EQ(numbers(take(subscription)), (std::vector<std::uint64_t>{0, 1}));
  const auto pending = pull(subscription);
  EXPECT_FALSE(pending->came());
  put(*stream_, draft(1));
  const Event event = pending->wait();
  EXPECT_EQ(numbers(event), std::vector<std::uint64_t>{2});
  EXPECT_EQ((*event)->slice.next, 3U);
  EXPECT_EQ((*event)->millis_behind_latest, 0);
}

TEST_F(SubscriptionTest, what_was_put_while_nobody_asked_is_not_missed) {
  const auto subscription = subscribe(stream_->latest(kShard));
  put(*stream_, draft(1));
  put(*stream_, draft(1));
  EXPECT_EQ(numbers(take(subscription)), (std::vector<std::uint64_t>{0, 1}));
}

TEST_F(SubscriptionTest, each_consumer_gets_every_record) {
  const auto first = subscribe();
  const auto second = subscribe(0, add("d"));
  put(*stream_, draft(3));
  EXPECT_EQ(numbers(take(first)).size(), 3U);
  EXPECT_EQ(numbers(take(second)).size(), 3U);
}

TEST_F(SubscriptionTest, an_event_without_records_comes_when_it_was_quiet_for_five_seconds) {
  put(*stream_, draft(1));
  const auto subscription = subscribe(1);
  for (int i = 0; i < 3; ++i) {
    const auto pending = pull(subscription);
    EXPECT_FALSE(pending->came());
    clock_.advance(milliseconds(4999));
    EXPECT_FALSE(pending->came());
    clock_.advance(milliseconds(1));
    ASSERT_TRUE(pending->came());
    EXPECT_TRUE(numbers(*pending->event).empty());
    EXPECT_EQ((**pending->event)->slice.next, 1U);
    EXPECT_EQ((**pending->event)->millis_behind_latest, 0);
    EXPECT_FALSE((**pending->event)->ended);
  }
}

TEST_F(SubscriptionTest, the_place_to_go_on_from_moves_past_what_has_expired) {
  put(*stream_, draft(5));
  clock_.advance(std::chrono::hours(25));
  const auto subscription = subscribe(0);
  const auto pending = pull(subscription);
  EXPECT_FALSE(pending->came());
  clock_.advance(seconds(5));
  const Event event = pending->wait();
  EXPECT_TRUE(numbers(event).empty());
  EXPECT_EQ((*event)->slice.next, 5U);
}

TEST_F(SubscriptionTest, a_subscription_lives_for_five_minutes) {
  const auto subscription = subscribe();
  int events = 0;
  for (int second = 0; second < 299; ++second) {
    const auto pending = pull(subscription);
    clock_.advance(seconds(1));
    put(*stream_, draft(1));
    if (numbers(pending->wait()).size() == 1) ++events;
  }
  EXPECT_EQ(events, 299);
  const auto last = pull(subscription);
  EXPECT_FALSE(last->came());
  clock_.advance(seconds(1));
  ASSERT_TRUE(last->came());
  EXPECT_TRUE(is_end(*last->event));
  EXPECT_TRUE(is_end(take(subscription)));
  EXPECT_TRUE(consumer_->links().empty());
}

TEST_F(SubscriptionTest, a_clock_that_leaps_ends_it_as_well) {
  const auto subscription = subscribe();
  const auto pending = pull(subscription);
  EXPECT_FALSE(pending->came());
  clock_.advance(std::chrono::hours(1));
  ASSERT_TRUE(pending->came());
  EXPECT_TRUE(is_end(*pending->event));
}

TEST_F(SubscriptionTest, another_within_five_seconds_is_refused_and_later_takes_over) {
  const auto first = subscribe();
  clock_.advance(milliseconds(4999));
  EXPECT_EQ(streams_->subscribe(stream_, consumer_, kShard, 0).error().code, ErrorCode::kInUse);
  clock_.advance(milliseconds(1));
  EXPECT_TRUE(numbers(take(first)).empty());
  const auto pending = pull(first);
  EXPECT_FALSE(pending->came());
  const auto second = subscribe();
  ASSERT_TRUE(pending->came());
  EXPECT_EQ(pending->event->error().code, ErrorCode::kInUse);
  EXPECT_TRUE(is_end(take(first)));
  put(*stream_, draft(1));
  EXPECT_EQ(numbers(take(second)).size(), 1U);
}

TEST_F(SubscriptionTest, one_that_was_dropped_still_counts_for_five_seconds) {
  subscribe().reset();
  EXPECT_TRUE(consumer_->links().empty());
  EXPECT_EQ(streams_->subscribe(stream_, consumer_, kShard, 0).error().code, ErrorCode::kInUse);
  clock_.advance(seconds(5));
  EXPECT_TRUE(subscribe());
}

TEST_F(SubscriptionTest, shards_and_consumers_do_not_get_in_each_others_way) {
  const auto wide = make_stream("w", 2);
  const auto made = run(streams_->register_consumer(wide, *StreamName::parse("c"), {}));
  ASSERT_TRUE(made);
  clock_.advance(milliseconds(500));
  const auto first = streams_->subscribe(wide, *made, ShardId{0}, 0);
  const auto second = streams_->subscribe(wide, *made, ShardId{1}, 0);
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
  EXPECT_TRUE(subscribe());
  EXPECT_TRUE(subscribe(0, add("d")));
}

TEST_F(SubscriptionTest, a_consumer_that_is_not_active_cannot_subscribe) {
  auto made = run(streams_->register_consumer(stream_, *StreamName::parse("new"), {}));
  ASSERT_TRUE(made);
  EXPECT_EQ(streams_->subscribe(stream_, *made, kShard, 0).error().message,
            "Consumer new under stream s is not ACTIVE, instead in state CREATING");
  ASSERT_TRUE(run(streams_->deregister_consumer(stream_, consumer_)));
  EXPECT_EQ(streams_->subscribe(stream_, consumer_, kShard, 0).error().code, ErrorCode::kInUse);
}

TEST_F(SubscriptionTest, it_ends_with_its_consumer) {
  const auto subscription = subscribe();
  const auto pending = pull(subscription);
  EXPECT_FALSE(pending->came());
  ASSERT_TRUE(run(streams_->deregister_consumer(stream_, consumer_)));
  ASSERT_TRUE(pending->came());
  EXPECT_EQ(pending->event->error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(is_end(take(subscription)));
}

TEST_F(SubscriptionTest, it_ends_with_its_stream) {
  const auto subscription = subscribe();
  const auto pending = pull(subscription);
  EXPECT_FALSE(pending->came());
  ASSERT_TRUE(run(streams_->remove(stream_)));
  ASSERT_TRUE(pending->came());
  EXPECT_EQ(pending->event->error().code, ErrorCode::kNotFound);
}

TEST_F(SubscriptionTest, it_ends_when_the_server_stops_and_none_begins) {
  const auto subscription = subscribe();
  const auto pending = pull(subscription);
  EXPECT_FALSE(pending->came());
  streams_->end_subscriptions();
  ASSERT_TRUE(pending->came());
  EXPECT_TRUE(is_end(*pending->event));
  clock_.advance(seconds(5));
  EXPECT_EQ(streams_->subscribe(stream_, consumer_, kShard, 0).error().code,
            ErrorCode::kUnavailable);
  const auto successes = stream_->metrics().values(StreamMetric::kSubscribeSuccess);
  EXPECT_EQ(successes.sum, 1);
  EXPECT_EQ(successes.count, 2U);
  EXPECT_EQ(stream_->metrics().values(StreamMetric::kSubscribeRateExceeded).sum, 0);
}

TEST_F(SubscriptionTest, one_that_nobody_reads_any_more_may_outlive_the_store) {
  auto subscription = subscribe();
  auto pending = pull(subscription);
  EXPECT_FALSE(pending->came());
  stop();
  pending.reset();
  subscription.reset();
  start();
}

TEST_F(SubscriptionTest, the_end_of_a_split_shard_is_its_last_event) {
  put(*stream_, draft(2));
  const auto subscription = subscribe(1);
  EXPECT_EQ(numbers(take(subscription)).size(), 1U);
  const auto pending = pull(subscription);
  EXPECT_FALSE(pending->came());
  ASSERT_TRUE(run(streams_->split(stream_, kShard, *HashKey::parse("1000"))));
  ASSERT_TRUE(pending->came());
  ASSERT_TRUE(*pending->event && **pending->event);
  EXPECT_TRUE((**pending->event)->ended);
  EXPECT_TRUE(numbers(*pending->event).empty());
  EXPECT_TRUE(is_end(take(subscription)));
  EXPECT_TRUE(consumer_->links().empty());
}

TEST_F(SubscriptionTest, what_a_closed_shard_still_holds_comes_with_its_end) {
  put(*stream_, draft(3));
  ASSERT_TRUE(run(streams_->split(stream_, kShard, *HashKey::parse("1000"))));
  const auto subscription = subscribe(1);
  const Event event = take(subscription);
  EXPECT_EQ(numbers(event), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_TRUE((*event)->ended);
  EXPECT_TRUE(is_end(take(subscription)));
}

TEST_F(SubscriptionTest, an_event_is_no_larger_than_a_mebibyte_but_for_one_record) {
  for (int i = 0; i < 5; ++i) put(*stream_, draft(1, std::string(400'000, 'x')));
  const auto subscription = subscribe();
  EXPECT_EQ(numbers(take(subscription)), (std::vector<std::uint64_t>{0, 1}));
  clock_.advance(seconds(7));
  const Event behind = take(subscription);
  EXPECT_EQ(numbers(behind), (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ((*behind)->millis_behind_latest, 7000);
  EXPECT_EQ(numbers(take(subscription)), std::vector<std::uint64_t>{4});
}

TEST_F(SubscriptionTest, records_that_left_the_memory_come_from_the_disk) {
  stop();
  tail_bytes_max_ = 1;
  start();
  stream_ = find("s");
  consumer_ = stream_->consumers().find("c");
  for (int i = 0; i < 20; ++i) put(*stream_, draft(10, std::string(1000, 'x')));
  ASSERT_TRUE(store_->checkpoint());
  const auto subscription = subscribe();
  std::uint64_t expected = 0;
  while (expected < 200) {
    for (const std::uint64_t number : numbers(take(subscription))) EXPECT_EQ(number, expected++);
  }
}

class LimitedSubscriptionTest : public SubscriptionTest {
 protected:
  LimitedSubscriptionTest() { limits_ = Limits::kAws; }

  void fill(int mebibytes) {
    for (int i = 0; i < mebibytes; ++i) {
      put(*stream_, draft(1, std::string((1 << 20) - 5, 'x')));
      clock_.advance(seconds(1));
    }
  }
};

TEST_F(LimitedSubscriptionTest, each_consumer_of_a_shard_gets_two_mebibytes_a_second_of_its_own) {
  const auto other = add("d");
  fill(8);
  const auto first = subscribe();
  const auto second = subscribe(0, other);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(numbers(take(first)).size(), 1U);
  const auto waiting = pull(first);
  EXPECT_FALSE(waiting->came());
  EXPECT_EQ(numbers(take(second)).size(), 1U);
  EXPECT_EQ(count(*stream_, kShard), 8U);  // GetRecords has its own
  clock_.advance(milliseconds(1));
  ASSERT_TRUE(waiting->came());
  EXPECT_EQ(numbers(*waiting->event).size(), 1U);
  const auto later = pull(first);
  clock_.advance(milliseconds(498));
  EXPECT_FALSE(later->came());
  clock_.advance(milliseconds(2));
  EXPECT_TRUE(later->came());
}

TEST_F(LimitedSubscriptionTest, the_rate_outlives_the_subscription) {
  fill(14);
  auto first = subscribe();
  clock_.advance(milliseconds(4999));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(numbers(take(first)).size(), 1U);
  clock_.advance(milliseconds(1));
  const auto second = subscribe(2);
  EXPECT_EQ(numbers(take(second)).size(), 1U);
  const auto waiting = pull(second);
  EXPECT_FALSE(waiting->came());
  streams_->end_subscriptions();
  EXPECT_TRUE(waiting->came());
}

}  // namespace
}  // namespace headrace::streams
