// Streams whose shards change while records go in and out.
#include <gtest/gtest.h>

#include <chrono>
#include <map>

#include "streams/streams_fixture.h"

namespace headrace::streams {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class ReshardingTest : public StreamsFixture {
 protected:
  static HashKey middle(const Shard& shard) {
    return {shard.range.starting.value +
            (shard.range.ending.value - shard.range.starting.value) / 2};
  }

  Status split(const std::shared_ptr<Stream>& stream, std::uint32_t shard) {
    const auto shards = stream->shards();
    const Status done =
        run(streams_->split(stream, ShardId{shard}, middle(*shards->find(ShardId{shard}))));
    clock_.advance(milliseconds(500));
    return done;
  }

  static std::vector<std::string> keys(Stream& stream, std::uint32_t shard) {
    const auto read = run(stream.read(ShardId{shard}, 0, kReadRecordsMax));
    std::vector<std::string> keys;
    for (const auto& record : read->slice.records) keys.emplace_back(record.key);
    return keys;
  }

  // As a consumer does: each shard to its end, its children after it.
  static std::size_t count_all(Stream& stream) {
    std::size_t records = 0;
    for (const Shard& shard : stream.shards()->all())
      records += keys(stream, shard.id.index).size();
    return records;
  }
};

TEST_F(ReshardingTest, a_parent_ends_and_its_children_go_on) {
  const auto stream = make_stream("s");
  put(*stream, draft(100));
  EXPECT_FALSE(run(stream->read(ShardId{0}, 0, kReadRecordsMax))->ended);
  ASSERT_TRUE(split(stream, 0));
  put(*stream, draft(100));
  const auto parent = run(stream->read(ShardId{0}, 0, kReadRecordsMax));
  EXPECT_TRUE(parent->ended);
  EXPECT_EQ(parent->slice.records.size(), 100U);
  EXPECT_EQ(parent->millis_behind_latest, 0);
  EXPECT_FALSE(run(stream->read(ShardId{0}, 0, 99))->ended) << "one record is left";
  EXPECT_EQ(keys(*stream, 1).size() + keys(*stream, 2).size(), 100U);
  EXPECT_FALSE(run(stream->read(ShardId{1}, 0, kReadRecordsMax))->ended);
}

TEST_F(ReshardingTest, lineage_and_records_survive_a_restart) {
  auto stream = make_stream("s", 2);
  put(*stream, draft(50));
  ASSERT_TRUE(split(stream, 0));
  put(*stream, draft(50));
  ASSERT_TRUE(run(streams_->merge(stream, ShardId{3}, ShardId{1})));
  clock_.advance(milliseconds(500));
  put(*stream, draft(50));
  const auto before = stream->shards();
  stream.reset();
  restart();
  stream = find("s");
  const auto after = stream->shards();
  ASSERT_EQ(after->all().size(), before->all().size());
  for (std::size_t i = 0; i < after->all().size(); ++i) {
    const Shard& a = before->all()[i];
    const Shard& b = after->all()[i];
    EXPECT_EQ(a.range, b.range);
    EXPECT_EQ(a.parent, b.parent);
    EXPECT_EQ(a.adjacent_parent, b.adjacent_parent);
    EXPECT_EQ(a.created_ms, b.created_ms);
    EXPECT_EQ(a.closed_ms, b.closed_ms);
  }
  EXPECT_EQ(count_all(*stream), 150U);
  EXPECT_TRUE(run(stream->read(ShardId{0}, 0, kReadRecordsMax))->ended);
}

TEST_F(ReshardingTest, sequence_numbers_of_children_are_greater) {
  const auto stream = make_stream("s");
  const Put before = put(*stream, draft(1));
  ASSERT_TRUE(split(stream, 0));
  const Put after = put(*stream, draft(1));
  EXPECT_LT(before.runs[0].first.text(), after.runs[0].first.text());
}

TEST_F(ReshardingTest, a_shard_is_split_or_merged_once) {
  const auto stream = make_stream("s", 2);
  ASSERT_TRUE(split(stream, 0));
  EXPECT_EQ(split(stream, 0).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(run(streams_->merge(stream, ShardId{0}, ShardId{1})).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(run(streams_->split(stream, ShardId{1'000}, {5})).error().code, ErrorCode::kNotFound);
}

TEST_F(ReshardingTest, an_updating_stream_takes_records_but_no_further_change) {
  const auto stream = make_stream("s");
  const auto shards = stream->shards();
  ASSERT_TRUE(run(streams_->split(stream, ShardId{0}, middle(shards->all()[0]))));
  EXPECT_EQ(stream->status(), StreamStatus::kUpdating);
  put(*stream, draft(10));
  const auto second = run(streams_->set_shard_count(stream, 4));
  EXPECT_EQ(second.error().code, ErrorCode::kInUse);
  clock_.advance(milliseconds(500));
  EXPECT_EQ(stream->status(), StreamStatus::kActive);
  EXPECT_TRUE(run(streams_->set_shard_count(stream, 4)));
}

TEST_F(ReshardingTest, the_shard_count_changes_ten_times_a_day) {
  limits_ = Limits::kAws;
  restart();
  auto stream = make_stream("s");
  for (std::uint32_t i = 0; i < 10; ++i) {
    ASSERT_EQ(*run(streams_->set_shard_count(stream, i % 2 == 0 ? 2 : 1)), i % 2 == 0 ? 1U : 2U);
    clock_.advance(milliseconds(500));
  }
  EXPECT_EQ(run(streams_->set_shard_count(stream, 2)).error().code, ErrorCode::kLimitExceeded);
  stream.reset();
  restart();
  stream = find("s");
  EXPECT_EQ(run(streams_->set_shard_count(stream, 2)).error().code, ErrorCode::kLimitExceeded);
  clock_.advance(hours(24));
  EXPECT_TRUE(run(streams_->set_shard_count(stream, 2)));
}

TEST_F(ReshardingTest, no_more_than_double_and_no_less_than_half) {
  const auto stream = make_stream("s", 4);
  EXPECT_EQ(run(streams_->set_shard_count(stream, 9)).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(run(streams_->set_shard_count(stream, 1)).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(run(streams_->set_shard_count(stream, 8)), 4U);
}

class OnDemandTest : public ReshardingTest {
 protected:
  std::shared_ptr<Stream> make(const std::string& name) {
    StreamSettings settings;
    settings.mode = StreamMode::kOnDemand;
    EXPECT_TRUE(run(streams_->create(key(name), kOnDemandShards, {}, settings)));
    clock_.advance(milliseconds(500));
    return find(name);
  }

  // `seconds` of one put a second.
  void load(Stream& stream, int seconds, std::size_t records, std::size_t bytes) {
    for (int i = 0; i < seconds; ++i) {
      put(stream, draft(records, std::string(bytes, 'x')));
      advance(std::chrono::seconds(1));
    }
  }

  void advance(std::chrono::nanoseconds by) {
    clock_.advance(by, [this] { pool_->wait_idle(); });
  }
};

TEST_F(OnDemandTest, hot_shards_are_split_within_a_window) {
  const auto stream = make("s");
  load(*stream, 60, 500, 5'000);  // 2.5 MB a second over four shards
  advance(milliseconds(500));
  EXPECT_GT(stream->shards()->open().size(), 4U);
  EXPECT_LE(stream->shards()->open().size(), 8U);
}

TEST_F(OnDemandTest, a_quiet_stream_stays_as_it_is) {
  const auto stream = make("s");
  load(*stream, 60, 10, 100);
  advance(std::chrono::minutes(15));
  EXPECT_EQ(stream->shards()->open().size(), 4U);
}

TEST_F(OnDemandTest, what_came_before_the_stream_was_on_demand_is_no_load) {
  const auto stream = make_stream("s");
  load(*stream, 80, 500, 10);
  ASSERT_TRUE(run(streams_->set_mode(stream, StreamMode::kOnDemand, {})));
  load(*stream, 60, 10, 10);
  advance(milliseconds(500));
  EXPECT_EQ(stream->shards()->open().size(), 1U);
}

TEST_F(OnDemandTest, records_are_spread_evenly_when_the_stream_decides) {
  const auto stream = make("s");
  Streams::Decide automatic = [](const Stream& s,
                                 std::int64_t) -> Result<std::optional<Streams::Change>> {
    Streams::Change change{.settings = s.settings()};
    change.settings.distribution = Distribution::kAuto;
    return change;
  };
  ASSERT_TRUE(run(streams_->change(stream, automatic)));
  Draft same;
  same.records = std::make_shared<storage::RecordBatch>(10'000, 400);
  for (int i = 0; i < 400; ++i) same.records->add("", "data");
  put(*stream, std::move(same));
  for (std::uint32_t shard = 0; shard < 4; ++shard) EXPECT_EQ(count(*stream, ShardId{shard}), 100U);
}

}  // namespace
}  // namespace headrace::streams
