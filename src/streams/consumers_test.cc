#include "streams/consumers.h"

#include "streams/streams_fixture.h"

namespace headrace::streams {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ConsumersTest : public StreamsFixture {
 protected:
  Result<std::shared_ptr<Consumer>> try_register(const std::string& name, Tags tags = {}) {
    return run(streams_->register_consumer(find("s"), *StreamName::parse(name), std::move(tags)));
  }
  std::shared_ptr<Consumer> add(const std::string& name) {
    auto made = try_register(name);
    EXPECT_TRUE(made) << made.error().message;
    clock_.advance(milliseconds(500));
    return made ? *made : nullptr;
  }
  std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const auto& consumer : find("s")->consumers().list({}, SIZE_MAX)) {
      names.push_back(consumer->key().name.text());
    }
    return names;
  }
  std::size_t rows(const std::string& table) {
    std::size_t count = 0;
    EXPECT_TRUE(store_->metadata().query("SELECT count(*) FROM " + table, {}, [&](const auto& row) {
      count = static_cast<std::size_t>(row.integer(0));
      return true;
    }));
    return count;
  }
};

TEST_F(ConsumersTest, a_consumer_is_creating_then_active_then_deleting_then_gone) {
  make_stream("s");
  const auto consumer = try_register("c", {{"team", "a"}});
  ASSERT_TRUE(consumer) << consumer.error().message;
  EXPECT_EQ((*consumer)->status(), ConsumerStatus::kCreating);
  clock_.advance(milliseconds(500));
  EXPECT_EQ((*consumer)->status(), ConsumerStatus::kActive);
  EXPECT_EQ(rows("consumer_tags"), 1U);
  ASSERT_TRUE(run(streams_->deregister_consumer(find("s"), *consumer)));
  EXPECT_EQ((*consumer)->status(), ConsumerStatus::kDeleting);
  EXPECT_EQ(rows("consumer_tags"), 0U);
  EXPECT_EQ(names(), std::vector<std::string>{"c"});
  EXPECT_EQ(run(streams_->deregister_consumer(find("s"), *consumer)).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(try_register("c").error().code, ErrorCode::kAlreadyExists);
  clock_.advance(milliseconds(500));
  EXPECT_TRUE(names().empty());
  EXPECT_EQ(find("s")->consumers().find("c"), nullptr);
}

TEST_F(ConsumersTest, a_consumer_made_again_is_another) {
  make_stream("s");
  const ConsumerKey before = add("c")->key();
  EXPECT_EQ(before.arn(), "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:1767225600");
  EXPECT_EQ(ConsumerKey::parse_arn(before.arn()), before);
  ASSERT_TRUE(run(streams_->deregister_consumer(find("s"), find("s")->consumers().find("c"))));
  clock_.advance(seconds(1));
  EXPECT_NE(add("c")->key(), before);
  EXPECT_EQ(rows("consumers"), 1U);
}

TEST_F(ConsumersTest, what_is_no_arn_of_a_consumer_is_none) {
  for (const char* arn : {"", "arn:aws:kinesis:us-east-1:000000000000:stream/s",
                          "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c",
                          "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:",
                          "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:-1",
                          "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:1x",
                          "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:"
                          "99999999999999999999999",
                          "arn:aws:kinesis:us-east-1:000000000000:stream//consumer/c:1",
                          "arn:aws:s3:us-east-1:000000000000:stream/s/consumer/c:1"}) {
    EXPECT_EQ(ConsumerKey::parse_arn(arn), std::nullopt) << arn;
  }
}

TEST_F(ConsumersTest, consumers_survive_a_restart_in_their_states) {
  make_stream("s");
  add("active");
  add("deleted");
  const auto going = add("going");
  ASSERT_TRUE(
      run(streams_->deregister_consumer(find("s"), find("s")->consumers().find("deleted"))));
  clock_.advance(seconds(1));
  ASSERT_TRUE(run(streams_->deregister_consumer(find("s"), going)));
  restart();
  EXPECT_EQ(names(), (std::vector<std::string>{"active", "going"}));
  EXPECT_EQ(find("s")->consumers().find("active")->status(), ConsumerStatus::kActive);
  EXPECT_EQ(find("s")->consumers().find("going")->status(), ConsumerStatus::kDeleting);
}

TEST_F(ConsumersTest, a_name_is_taken_once_in_a_stream) {
  make_stream("s");
  make_stream("t");
  add("c");
  const auto again = try_register("c");
  EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(again.error().message,
            "Consumer c under stream s already exists for account 000000000000.");
  EXPECT_TRUE(run(streams_->register_consumer(find("t"), *StreamName::parse("c"), {})));
}

TEST_F(ConsumersTest, twenty_consumers_are_enough_and_five_at_a_time) {
  limits_ = Limits::kAws;
  restart();
  make_stream("s");
  for (int i = 0; i < 20; ++i) {
    if (i > 0 && i % 5 == 0) {
      EXPECT_EQ(try_register("sixth").error().code, ErrorCode::kLimitExceeded);
      clock_.advance(milliseconds(500));
    }
    const auto made = try_register("c" + std::to_string(i));
    ASSERT_TRUE(made) << i << made.error().message;
  }
  clock_.advance(milliseconds(500));
  EXPECT_EQ(try_register("more").error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(names().size(), 20U);
  ASSERT_TRUE(run(streams_->deregister_consumer(find("s"), find("s")->consumers().find("c7"))));
  clock_.advance(milliseconds(500));
  EXPECT_TRUE(try_register("more"));
}

TEST_F(ConsumersTest, fifty_are_enough_for_an_on_demand_stream_of_a_committed_account) {
  const auto provisioned = make_stream("s");
  ASSERT_TRUE(run(streams_->create(key("d"), 4, {}, {.mode = StreamMode::kOnDemand})));
  EXPECT_EQ(streams_->consumer_limit(*find("d")), 20U);
  ASSERT_TRUE(run(streams_->accounts().commit(kAccount, kRegion)));
  EXPECT_EQ(streams_->consumer_limit(*find("d")), 50U);
  EXPECT_EQ(streams_->consumer_limit(*provisioned), 20U);
}

TEST_F(ConsumersTest, without_limits_there_may_be_any_number) {
  make_stream("s");
  for (int i = 0; i < 25; ++i) ASSERT_TRUE(try_register("c" + std::to_string(i)));
  EXPECT_EQ(names().size(), 25U);
}

TEST_F(ConsumersTest, a_page_of_consumers_begins_behind_a_name) {
  make_stream("s");
  for (const char* name : {"d", "b", "a", "c"}) add(name);
  const auto page = find("s")->consumers().list("a", 2);
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0]->key().name.text(), "b");
  EXPECT_EQ(page[1]->key().name.text(), "c");
}

TEST_F(ConsumersTest, a_stream_that_has_consumers_is_deleted_only_with_them) {
  make_stream("s");
  const auto consumer = add("c");
  EXPECT_EQ(run(streams_->remove(find("s"), Streams::Removal::kIfUnread)).error().code,
            ErrorCode::kInUse);
  EXPECT_EQ(find("s")->status(), StreamStatus::kActive);
  ASSERT_TRUE(run(streams_->remove(find("s"), Streams::Removal::kWithConsumers)));
  EXPECT_EQ(consumer->status(), ConsumerStatus::kDeleting);
  clock_.advance(seconds(1));
  pool_->wait_idle();
  EXPECT_EQ(rows("consumers"), 0U);
}

TEST_F(ConsumersTest, a_consumer_that_is_registered_while_its_stream_is_deleted_goes_with_it) {
  const auto stream = make_stream("s");
  boost::asio::io_context slow;
  std::shared_ptr<Consumer> consumer;
  boost::asio::co_spawn(slow, streams_->register_consumer(stream, *StreamName::parse("c"), {}),
                        [&](const std::exception_ptr&, const auto& made) {
                          if (made) consumer = *made;
                        });
  slow.run_one();  // up to the commit
  slow.run_one();  // which is begun at the end of the turn
  ASSERT_EQ(consumer, nullptr);
  ASSERT_TRUE(run(streams_->remove(stream)));
  slow.run();
  ASSERT_NE(consumer, nullptr) << "it was there first";
  EXPECT_EQ(consumer->status(), ConsumerStatus::kDeleting);
}

TEST_F(ConsumersTest, a_stream_whose_consumers_left_is_deleted) {
  make_stream("s");
  ASSERT_TRUE(run(streams_->deregister_consumer(find("s"), add("c"))));
  EXPECT_TRUE(run(streams_->remove(find("s"), Streams::Removal::kIfUnread)));
}

TEST_F(ConsumersTest, a_stream_that_is_made_or_deleted_takes_no_consumer) {
  ASSERT_TRUE(run(streams_->create(key("s"), 1, {})));
  EXPECT_EQ(try_register("c").error().code, ErrorCode::kInUse);
  clock_.advance(milliseconds(500));
  ASSERT_TRUE(run(streams_->remove(find("s"))));
  EXPECT_EQ(try_register("c").error().code, ErrorCode::kInUse);
}

TEST_F(ConsumersTest, a_consumer_has_fifty_tags_at_most) {
  make_stream("s");
  Tags tags;
  for (int i = 0; i < 51; ++i) tags["k" + std::to_string(i)] = "v";
  EXPECT_EQ(try_register("c", tags).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace headrace::streams
