#include "streams/settings.h"

#include "streams/on_demand.h"
#include "streams/streams_fixture.h"

namespace headrace::streams {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class SettingsTest : public StreamsFixture {
 protected:
  void SetUp() override {
    limits_ = Limits::kAws;
    StreamsFixture::SetUp();
  }

  std::shared_ptr<Stream> make_on_demand(const std::string& name, StreamSettings settings = {}) {
    settings.mode = StreamMode::kOnDemand;
    const std::uint32_t shards = on_demand_shards_at_start(settings.warm_mibps);
    return make_stream(name, shards, settings);
  }

  void settle() { clock_.advance(milliseconds(500)); }

  ErrorCode code(const Status& status) {
    settle();
    return status ? ErrorCode::kInternal : status.error().code;
  }

  void commit() { ASSERT_TRUE(run(streams_->accounts().commit(kAccount, kRegion))); }
};

TEST_F(SettingsTest, a_change_makes_the_stream_updating_and_survives_a_restart) {
  auto stream = make_stream("s");
  ASSERT_TRUE(run(streams_->set_record_size(stream, 10'240)));
  EXPECT_EQ(stream->status(), StreamStatus::kUpdating);
  EXPECT_EQ(run(streams_->set_record_size(stream, 2'048)).error().code, ErrorCode::kInUse);
  settle();
  const auto metrics = run(streams_->set_shard_metrics(stream, 0b101, true));
  ASSERT_TRUE(metrics);
  EXPECT_EQ(metrics->before, 0U);
  EXPECT_EQ(metrics->after, 0b101U);
  restart();
  const StreamSettings settings = find("s")->settings();
  EXPECT_EQ(settings.record_bytes_max(), 10U << 20);
  EXPECT_EQ(settings.shard_metrics, 0b101U);
}

TEST_F(SettingsTest, what_changes_nothing_leaves_the_stream_active) {
  auto stream = make_stream("s");
  ASSERT_TRUE(run(streams_->set_record_size(stream, 1'024)));
  ASSERT_TRUE(run(streams_->set_shard_metrics(stream, 0b101, false)));
  ASSERT_TRUE(run(streams_->set_mode(stream, StreamMode::kProvisioned, std::nullopt)));
  EXPECT_EQ(stream->status(), StreamStatus::kActive);
}

TEST_F(SettingsTest, the_mode_is_switched_twice_in_a_day_and_the_shards_stay) {
  auto stream = make_stream("s", 3);
  const auto to = [&](StreamMode mode) { return run(streams_->set_mode(stream, mode, {})); };
  ASSERT_TRUE(to(StreamMode::kOnDemand));
  settle();
  ASSERT_TRUE(run(streams_->set_distribution(stream, Distribution::kAuto)));
  settle();
  ASSERT_TRUE(to(StreamMode::kProvisioned));
  EXPECT_EQ(stream->settings().distribution, Distribution::kPartitionKey);
  EXPECT_EQ(stream->shards()->open().size(), 3U);
  settle();
  EXPECT_EQ(code(to(StreamMode::kOnDemand)), ErrorCode::kLimitExceeded);
  restart();
  stream = find("s");
  EXPECT_EQ(code(to(StreamMode::kOnDemand)), ErrorCode::kLimitExceeded);
  clock_.advance(hours(24));
  EXPECT_TRUE(to(StreamMode::kOnDemand));
}

TEST_F(SettingsTest, an_account_has_fifty_on_demand_streams) {
  for (int i = 0; i < 50; ++i) make_on_demand("s" + std::to_string(i));
  EXPECT_EQ(streams_->on_demand_streams(kAccount, kRegion), 50U);
  EXPECT_EQ(streams_->open_shards(kAccount, kRegion), 0U);
  auto more = make_stream("t");
  EXPECT_EQ(code(run(streams_->set_mode(more, StreamMode::kOnDemand, {}))),
            ErrorCode::kLimitExceeded);
  StreamSettings settings;
  settings.mode = StreamMode::kOnDemand;
  EXPECT_EQ(code(run(streams_->create(key("u"), 4, {}, settings))), ErrorCode::kLimitExceeded);
}

TEST_F(SettingsTest, records_are_spread_only_in_on_demand_mode) {
  auto stream = make_stream("s");
  EXPECT_EQ(code(run(streams_->set_distribution(stream, Distribution::kAuto))),
            ErrorCode::kInvalidArgument);
  auto other = make_on_demand("t");
  ASSERT_TRUE(run(streams_->set_distribution(other, Distribution::kAuto)));
  put(*other, draft(8));
  for (std::uint32_t i = 0; i < 4; ++i) EXPECT_EQ(count(*other, {i}), 2U);
}

TEST_F(SettingsTest, warm_throughput_needs_a_commitment_and_on_demand_mode) {
  auto provisioned = make_stream("s");
  auto stream = make_on_demand("t");
  EXPECT_EQ(code(run(streams_->set_warm_throughput(stream, 10))), ErrorCode::kValidation);
  commit();
  EXPECT_EQ(code(run(streams_->set_warm_throughput(provisioned, 10))), ErrorCode::kValidation);
  EXPECT_EQ(code(run(streams_->set_warm_throughput(stream, 10'241))), ErrorCode::kLimitExceeded);
  ASSERT_TRUE(run(streams_->set_warm_throughput(stream, 10)));
  EXPECT_EQ(stream->shards()->open().size(), 10U);
  settle();
  ASSERT_TRUE(run(streams_->set_warm_throughput(stream, 6)));
  EXPECT_EQ(stream->shards()->open().size(), 6U);
  settle();
  ASSERT_TRUE(run(streams_->set_warm_throughput(stream, 0)));
  EXPECT_EQ(stream->shards()->open().size(), 4U);
}

TEST_F(SettingsTest, lowering_warm_throughput_leaves_what_the_last_hour_needed) {
  commit();
  StreamSettings warm;
  warm.warm_mibps = 20;
  auto stream = make_on_demand("s", warm);
  // 4 MiB/s for a minute, which wants room for 8.
  for (int second = 0; second < 60; ++second) {
    put(*stream, draft(40, std::string(104'000, 'x')));
    clock_.advance(std::chrono::seconds(1));
  }
  pool_->wait_idle();
  settle();
  ASSERT_TRUE(run(streams_->set_warm_throughput(stream, 2)));
  EXPECT_EQ(stream->shards()->open().size(), 8U);
  clock_.advance(hours(1));
  ASSERT_TRUE(run(streams_->set_warm_throughput(stream, 2)));
  EXPECT_EQ(stream->shards()->open().size(), 4U);
}

TEST_F(SettingsTest, a_commitment_lasts_a_day_and_holds_while_streams_are_warm) {
  EXPECT_FALSE(streams_->accounts().committed(kAccount, kRegion));
  commit();
  StreamSettings warm;
  warm.warm_mibps = 7;
  auto stream = make_on_demand("s", warm);
  EXPECT_EQ(stream->shards()->open().size(), 7U);
  EXPECT_EQ(run(streams_->end_commitment(kAccount, kRegion)).error().code, ErrorCode::kValidation);
  ASSERT_TRUE(run(streams_->set_warm_throughput(stream, 0)));
  const auto ending = run(streams_->end_commitment(kAccount, kRegion));
  ASSERT_TRUE(ending);
  EXPECT_EQ(ending->ended_ms, ending->started_ms + 86'400'000);
  EXPECT_TRUE(ending->in_force(clock_.wall_now().ms));
  restart();
  EXPECT_TRUE(streams_->accounts().commitment(kAccount, kRegion).in_force(clock_.wall_now().ms));
  EXPECT_FALSE(streams_->accounts().committed(kAccount, kRegion));
  clock_.advance(hours(24));
  EXPECT_FALSE(streams_->accounts().commitment(kAccount, kRegion).in_force(clock_.wall_now().ms));
  commit();
  clock_.advance(hours(25));
  const auto ended = run(streams_->end_commitment(kAccount, kRegion));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->ended_ms, clock_.wall_now().ms);
}

TEST_F(SettingsTest, a_policy_is_kept_replaced_and_removed) {
  auto stream = make_stream("s");
  EXPECT_EQ(run(streams_->policy(stream)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(code(run(streams_->remove_policy(stream))), ErrorCode::kNotFound);
  ASSERT_TRUE(run(streams_->set_policy(stream, "one")));
  ASSERT_TRUE(run(streams_->set_policy(stream, "two")));
  restart();
  EXPECT_EQ(run(streams_->policy(find("s"))), "two");
  ASSERT_TRUE(run(streams_->remove_policy(find("s"))));
  EXPECT_EQ(run(streams_->policy(find("s"))).error().code, ErrorCode::kNotFound);
}

TEST_F(SettingsTest, a_consumer_that_is_not_registered_has_nothing) {
  const Resource consumer(make_stream("s"), ConsumerId{"c", 1});
  EXPECT_EQ(run(streams_->tags(consumer)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(code(run(streams_->tag(consumer, {{"k", "v"}}))), ErrorCode::kNotFound);
  EXPECT_EQ(code(run(streams_->untag(consumer, {"k"}))), ErrorCode::kNotFound);
  EXPECT_EQ(run(streams_->policy(consumer)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(code(run(streams_->set_policy(consumer, "p"))), ErrorCode::kNotFound);
}

TEST_F(SettingsTest, a_consumer_has_tags_and_a_policy_of_its_own) {
  auto stream = make_stream("s");
  storage::Entry entry;
  entry.mutations.push_back({"INSERT INTO consumers VALUES(?1, 'c', 7500, 0)",
                             {static_cast<std::int64_t>(stream->id())}});
  ASSERT_TRUE(store_->submit_and_wait(std::move(entry)));
  const Resource consumer(stream, ConsumerId{"c", 7});
  ASSERT_TRUE(run(streams_->tag(stream, {{"k", "stream"}})));
  ASSERT_TRUE(run(streams_->tag(consumer, {{"k", "consumer"}, {"l", "x"}})));
  ASSERT_TRUE(run(streams_->untag(consumer, {"l"})));
  ASSERT_TRUE(run(streams_->set_policy(consumer, "p")));
  EXPECT_EQ(run(streams_->tags(stream)), (Tags{{"k", "stream"}}));
  EXPECT_EQ(run(streams_->tags(consumer)), (Tags{{"k", "consumer"}}));
  EXPECT_EQ(run(streams_->policy(consumer)), "p");
  EXPECT_FALSE(run(streams_->policy(stream)));
  EXPECT_FALSE(run(streams_->tags(Resource(stream, ConsumerId{"c", 8}))));
}

TEST_F(SettingsTest, nothing_hangs_on_a_stream_that_is_being_created) {
  ASSERT_TRUE(run(streams_->create(key("s"), 1, {{"k", "v"}})));
  EXPECT_EQ(run(streams_->tag(find("s"), {{"l", "v"}})).error().code, ErrorCode::kInUse);
  EXPECT_EQ(run(streams_->set_policy(find("s"), "p")).error().code, ErrorCode::kInUse);
  EXPECT_EQ(run(streams_->tags(find("s"))), (Tags{{"k", "v"}}));
}

TEST(ResourceKeyTest, arns_of_streams_and_consumers_are_read) {
  const std::string stream = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
  for (const std::string& arn : {stream, stream + "/consumer/c.1:1700000000"}) {
    const auto key = ResourceKey::parse_arn(arn);
    ASSERT_TRUE(key) << arn;
    EXPECT_EQ(key->arn(), arn);
    EXPECT_EQ(key->consumer.has_value(), arn != stream);
  }
  for (const char* rest :
       {"/consumer/c", "/consumer/c:", "/consumer/:1", "/consumer/c:x", "/consumer/c:1x",
        "/consumer/c:-1", "/other/c:1", "/consumer/a b:1", "/consumer/c:99999999999999999999"}) {
    EXPECT_FALSE(ResourceKey::parse_arn(stream + rest)) << rest;
  }
}

}  // namespace
}  // namespace headrace::streams
