#include "streams/streams.h"

#include "streams/streams_fixture.h"

namespace headrace::streams {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class StreamsTest : public StreamsFixture {
 protected:
  Result<Iterator> open(const std::string& token) {
    return streams_->open_iterator(token, kAccount, kRegion);
  }
};

TEST_F(StreamsTest, a_stream_is_creating_then_active_then_deleting_then_gone) {
  ASSERT_TRUE(run(streams_->create(key("s"), 2, {})));
  const auto stream = find("s");
  EXPECT_EQ(stream->status(), StreamStatus::kCreating);
  clock_.advance(milliseconds(500));
  EXPECT_EQ(stream->status(), StreamStatus::kActive);
  ASSERT_TRUE(run(streams_->remove(stream)));
  EXPECT_EQ(stream->status(), StreamStatus::kDeleting);
  EXPECT_EQ(run(streams_->create(key("s"), 1, {})).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(run(streams_->remove(stream)).error().code, ErrorCode::kInUse);
  EXPECT_EQ(run(stream->put(draft(1))).error().code, ErrorCode::kNotFound);
  clock_.advance(milliseconds(500));
  EXPECT_EQ(streams_->find(key("s")).error().message,
            "Stream s under account 000000000000 not found.");
  ASSERT_TRUE(run(streams_->create(key("s"), 1, {})));
  EXPECT_GT(find("s")->id(), stream->id());
}

TEST_F(StreamsTest, names_are_per_account_and_region) {
  make_stream("s");
  const StreamKey elsewhere{kAccount, "eu-west-1", *StreamName::parse("s")};
  const StreamKey other{"111111111111", kRegion, *StreamName::parse("s")};
  EXPECT_FALSE(streams_->find(elsewhere));
  EXPECT_FALSE(streams_->find(other));
  ASSERT_TRUE(run(streams_->create(other, 3, {})));
  EXPECT_EQ(streams_->open_shards(kAccount, kRegion), 1U);
  EXPECT_EQ(streams_->open_shards("111111111111", kRegion), 3U);
  EXPECT_EQ(streams_->list(kAccount, kRegion, "", 10).size(), 1U);
}

TEST_F(StreamsTest, the_shard_quota_is_the_regions) {
  limits_ = Limits::kAws;
  restart();
  const auto refused = run(streams_->create(key("s"), 20'001, {}));
  EXPECT_EQ(refused.error().code, ErrorCode::kLimitExceeded);
  ASSERT_TRUE(run(streams_->create(key("s"), 19'999, {})));
  EXPECT_EQ(run(streams_->create(key("t"), 2, {})).error().code, ErrorCode::kLimitExceeded);
  EXPECT_TRUE(run(streams_->create(key("t"), 1, {})));
}

TEST_F(StreamsTest, at_most_five_streams_are_created_at_a_time) {
  limits_ = Limits::kAws;
  restart();
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    EXPECT_TRUE(run(streams_->create(key(name), 1, {})));
  }
  EXPECT_EQ(run(streams_->create(key("f"), 1, {})).error().code, ErrorCode::kLimitExceeded);
  clock_.advance(milliseconds(500));
  EXPECT_TRUE(run(streams_->create(key("f"), 1, {})));
}

TEST_F(StreamsTest, everything_survives_a_restart) {
  ASSERT_TRUE(run(streams_->create(key("s"), 3, {{"k", "v"}})));
  ASSERT_TRUE(run(streams_->create(key("gone"), 1, {})));
  clock_.advance(seconds(1));
  const Put before = put(*find("s"), draft(100));
  ASSERT_TRUE(run(streams_->change_retention(find("s"), Streams::Direction::kIncrease, 48)));
  ASSERT_TRUE(run(streams_->remove(find("gone"))));
  restart();
  const auto stream = find("s");
  EXPECT_EQ(stream->status(), StreamStatus::kActive);
  EXPECT_EQ(stream->settings().retention_hours, 48);
  EXPECT_EQ(run(streams_->tags(stream)), (Tags{{"k", "v"}}));
  ASSERT_EQ(stream->shards()->all().size(), 3U);
  EXPECT_EQ(stream->shards()->all()[2].range, equal_ranges(3)[2]);
  EXPECT_EQ(find("gone")->status(), StreamStatus::kDeleting);
  std::size_t records = 0;
  for (std::uint32_t i = 0; i < 3; ++i) records += count(*stream, ShardId{i});
  EXPECT_EQ(records, 100U);
  const Put after = put(*stream, draft(100));
  for (std::size_t i = 0; i < before.runs.size(); ++i) {
    EXPECT_EQ(after.runs[i].first.shard, before.runs[i].first.shard);
    EXPECT_GT(after.runs[i].first.text(), before.runs[i].first.text());
  }
  clock_.advance(milliseconds(500));
  restart();
  EXPECT_FALSE(streams_->find(key("gone")));
  ASSERT_TRUE(run(streams_->create(key("new"), 1, {})));
  EXPECT_GT(find("new")->id(), 2U) << "ids are never used again";
}

TEST_F(StreamsTest, a_records_shard_is_where_its_hash_key_falls) {
  const auto stream = make_stream("s", 2);
  Draft d = draft(4);
  d.explicit_hash_keys = {{1, HashKey{0}},
                          {2, *HashKey::parse("170141183460469231731687303715884105728")}};
  const Put done = put(*stream, std::move(d));
  EXPECT_EQ(done.throttled, 0U);
  EXPECT_EQ(done.runs[done.run_of[1]].shard->id, ShardId{0});
  EXPECT_EQ(done.runs[done.run_of[2]].shard->id, ShardId{1});
  const std::uint32_t half = md5("key 0")[0] < 0x80 ? 0 : 1;
  EXPECT_EQ(done.runs[done.run_of[0]].shard->id, ShardId{half});
  EXPECT_EQ(count(*stream, ShardId{0}) + count(*stream, ShardId{1}), 4U);
}

TEST_F(StreamsTest, a_shard_refuses_record_by_record) {
  limits_ = Limits::kAws;
  restart();
  const auto stream = make_stream("s");
  EXPECT_EQ(put(*stream, draft(500)).throttled, 0U);
  EXPECT_EQ(put(*stream, draft(499)).throttled, 0U);
  const Put last = put(*stream, draft(3));
  EXPECT_EQ(last.throttled, 2U);
  EXPECT_EQ(last.run_of[0], 0U);
  EXPECT_EQ(last.run_of[1], Put::kThrottledBit);
  EXPECT_EQ(put(*stream, draft(3)).throttled, 3U);
  EXPECT_EQ(count(*stream, ShardId{0}), 1000U);
  clock_.advance(seconds(1));
  const Put later = put(*stream, draft(2));
  EXPECT_EQ(later.throttled, 0U);
  EXPECT_EQ(later.runs[0].first.position, 1001U) << "refused records take no numbers";
}

TEST_F(StreamsTest, reads_are_limited_to_five_calls_a_second) {
  limits_ = Limits::kAws;
  restart();
  const auto stream = make_stream("s");
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(run(stream->read(ShardId{0}, 0, 10)));
  const auto refused = run(stream->read(ShardId{0}, 0, 10));
  EXPECT_EQ(refused.error().code, ErrorCode::kThroughputExceeded);
  EXPECT_EQ(refused.error().message,
            "Rate exceeded for shard shardId-000000000000 in stream s under account 000000000000.");
}

TEST_F(StreamsTest, reading_goes_on_where_it_stopped_and_says_how_far_behind_it_is) {
  const auto stream = make_stream("s");
  put(*stream, draft(10));
  clock_.advance(seconds(3));
  const auto first = run(stream->read(ShardId{0}, 0, 4));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->slice.records.size(), 4U);
  EXPECT_EQ(first->millis_behind_latest, 3000);
  const auto second = run(stream->read(ShardId{0}, first->slice.next, 100));
  EXPECT_EQ(second->slice.records.size(), 6U);
  EXPECT_EQ(second->millis_behind_latest, 0);
  EXPECT_EQ(run(stream->read(ShardId{0}, second->slice.next, 100))->slice.records.size(), 0U);
}

TEST_F(StreamsTest, at_time_finds_the_first_record_not_older) {
  const auto stream = make_stream("s");
  put(*stream, draft(5));
  clock_.advance(seconds(1));
  const std::int64_t between = clock_.wall_now().ms;
  clock_.advance(seconds(1));
  put(*stream, draft(5));
  EXPECT_EQ(run(stream->at_time(ShardId{0}, between)), 5U);
  EXPECT_EQ(run(stream->at_time(ShardId{0}, 0)), 0U);
  EXPECT_EQ(run(stream->at_time(ShardId{0}, clock_.wall_now().ms + 1)), 10U);
  EXPECT_EQ(stream->latest(ShardId{0}), 10U);
}

TEST_F(StreamsTest, expired_records_are_not_read_and_growing_retention_does_not_revive_them) {
  const auto stream = make_stream("s");
  put(*stream, draft(1));
  clock_.advance(hours(23));
  put(*stream, draft(2));
  EXPECT_EQ(count(*stream, ShardId{0}), 3U);
  clock_.advance(hours(2));
  EXPECT_EQ(count(*stream, ShardId{0}), 2U);
  ASSERT_TRUE(run(streams_->change_retention(stream, Streams::Direction::kIncrease, 100)));
  EXPECT_EQ(count(*stream, ShardId{0}), 2U);
  clock_.advance(hours(50));
  EXPECT_EQ(count(*stream, ShardId{0}), 2U);
  restart();
  EXPECT_EQ(count(*find("s"), ShardId{0}), 2U);
  ASSERT_TRUE(run(streams_->change_retention(find("s"), Streams::Direction::kDecrease, 24)));
  EXPECT_EQ(count(*find("s"), ShardId{0}), 0U);
}

TEST_F(StreamsTest, retention_does_not_go_astray) {
  const auto stream = make_stream("s");
  using enum Streams::Direction;
  const auto code = [&](Streams::Direction direction, std::int32_t hours_wanted) {
    const Status changed = run(streams_->change_retention(stream, direction, hours_wanted));
    clock_.advance(milliseconds(500));
    return changed ? std::string("done") : std::string(name(changed.error().code));
  };
  const std::string invalid(name(ErrorCode::kInvalidArgument));
  EXPECT_EQ(code(kIncrease, 24), "done");
  EXPECT_EQ(code(kIncrease, 48), "done");
  EXPECT_EQ(code(kIncrease, 47), invalid);
  EXPECT_EQ(code(kIncrease, 8761), invalid);
  EXPECT_EQ(code(kDecrease, 49), invalid);
  EXPECT_EQ(code(kDecrease, 23), invalid);
  EXPECT_EQ(code(kDecrease, 24), "done");
  EXPECT_EQ(stream->settings().retention_hours, 24);
}

TEST_F(StreamsTest, trimming_unlinks_what_has_expired) {
  tail_bytes_max_ = 64U << 10;
  segment_bytes_max_ = 1U << 20;
  restart();
  const auto stream = make_stream("s");
  for (int i = 0; i < 40; ++i) put(*stream, draft(100, std::string(1000, 'x')));
  ASSERT_TRUE(store_->checkpoint());
  const auto used = [&] {
    std::uintmax_t bytes = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator(root_)) {
      if (file.is_regular_file() && file.path().string().find("/log") == std::string::npos) {
        bytes += file.file_size();
      }
    }
    return bytes;
  };
  const std::uintmax_t before = used();
  clock_.advance(hours(25));
  put(*stream, draft(1));
  clock_.advance(std::chrono::minutes(5));
  const auto wait = [] { return true; };
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(run(pool_->run(wait)));
  stop();
  EXPECT_LT(used() + (2U << 20), before);
}

TEST_F(StreamsTest, cold_records_are_read_from_the_disk) {
  tail_bytes_max_ = 64U << 10;
  restart();
  const auto stream = make_stream("s");
  for (int i = 0; i < 10; ++i) put(*stream, draft(100, std::string(1000, 'x')));
  ASSERT_TRUE(store_->checkpoint());
  EXPECT_FALSE(store_->records().read_tail(stream->id(), 0, 0, {}));
  EXPECT_EQ(count(*stream, ShardId{0}), 1000U);
}

TEST_F(StreamsTest, iterators_survive_a_restart_and_die_after_five_minutes) {
  const auto stream = make_stream("s");
  const std::string token = streams_->make_iterator({stream, ShardId{0}, 17});
  EXPECT_LE(token.size(), 512U);
  restart();
  clock_.advance(seconds(300));
  const auto opened = open(token);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->next, 17U);
  EXPECT_EQ(opened->stream, find("s"));
  clock_.advance(milliseconds(1));
  const auto expired = open(token);
  EXPECT_EQ(expired.error().code, ErrorCode::kIteratorExpired);
  EXPECT_EQ(expired.error().message,
            "Iterator expired. The iterator was created at time Thu Jan 01 00:00:00 UTC 2026 while "
            "right now it is Thu Jan 01 00:05:00 UTC 2026 which is further in the future than the "
            "tolerated delay of 300000 milliseconds.");
}

TEST_F(StreamsTest, iterators_of_others_are_not_accepted) {
  const auto stream = make_stream("s");
  const std::string token = streams_->make_iterator({stream, ShardId{0}, 0});
  const auto foreign = streams_->open_iterator(token, "111111111111", kRegion);
  EXPECT_EQ(foreign.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(foreign.error().message, "Invalid ShardIterator.");
  EXPECT_EQ(streams_->open_iterator(token, kAccount, "eu-west-1").error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(open("garbage").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(open(streams_->make_page("x", "shards")).error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(run(streams_->remove(stream)));
  clock_.advance(milliseconds(500));
  EXPECT_EQ(open(token).error().code, ErrorCode::kNotFound);
}

TEST_F(StreamsTest, pages_expire) {
  const std::string page = streams_->make_page("where", "streams");
  EXPECT_EQ(streams_->open_page(page, "streams"), "where");
  EXPECT_EQ(streams_->open_page(page, "shards").error().code, ErrorCode::kInvalidArgument);
  clock_.advance(milliseconds(300'001));
  EXPECT_EQ(streams_->open_page(page, "streams").error().code, ErrorCode::kTokenExpired);
}

TEST_F(StreamsTest, a_stream_has_at_most_fifty_tags) {
  limits_ = Limits::kAws;
  restart();
  const auto stream = make_stream("s");
  Tags tags;
  for (int i = 0; i < 50; ++i) tags["key" + std::to_string(i)] = "v";
  ASSERT_TRUE(run(streams_->tag(stream, tags)));
  ASSERT_TRUE(run(streams_->tag(stream, {{"key0", "other"}})));
  EXPECT_EQ(run(streams_->tag(stream, {{"one more", "v"}})).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(run(streams_->tags(stream))->size(), 50U);
  ASSERT_TRUE(run(streams_->untag(stream, {"key0", "none"})));
  EXPECT_EQ(run(streams_->tags(stream))->size(), 49U);
}

TEST_F(StreamsTest, delivery_finds_a_stream_by_arn_and_sees_it_go) {
  const auto stream = make_stream("s", 3);
  const auto source = streams_->source("arn:aws:kinesis:us-east-1:000000000000:stream/s");
  ASSERT_TRUE(source);
  EXPECT_EQ(source->stream, stream->id());
  EXPECT_EQ(source->lanes(), (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(source->not_before_ms(), clock_.wall_now().ms - 24LL * 3'600'000);
  ASSERT_TRUE(run(streams_->remove(stream)));
  clock_.advance(milliseconds(500));
  EXPECT_TRUE(source->lanes().empty());
  EXPECT_FALSE(streams_->source("arn:aws:kinesis:us-east-1:000000000000:stream/s"));
  EXPECT_FALSE(streams_->source(stream->id()));
  EXPECT_FALSE(streams_->source("garbage"));
}

}  // namespace
}  // namespace headrace::streams
