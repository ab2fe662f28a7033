#include "producer/position.h"

#include <gtest/gtest.h>

#include "producer/json_members.h"

namespace headrace::producer {
namespace {

constexpr WallTime kBegan{1'700'000'000'000};

// As of an answer whose last record arrived at `newest`, if it had one.
bool caught_up_at(Shard& shard, std::optional<WallTime> newest, int behind) {
  if (newest) shard.newest = newest;
  const auto answer = parse_answer("{\"MillisBehindLatest\":" + std::to_string(behind) + "}");
  return caught_up(shard, *answer, kBegan);
}

WallTime after_start(std::int64_t ms) { return {kBegan.ms + ms}; }

TEST(PositionTest, the_tip_is_the_end) {
  Shard shard;
  EXPECT_FALSE(caught_up_at(shard, {}, 90'000));
  EXPECT_FALSE(caught_up_at(shard, after_start(-60'000), 60'000));
  EXPECT_TRUE(caught_up_at(shard, after_start(-10), 0));
}

TEST(PositionTest, under_steady_writes_the_end_is_where_the_tip_was_at_the_start) {
  Shard shard;
  EXPECT_FALSE(caught_up_at(shard, after_start(-60'000), 60'100));
  EXPECT_FALSE(caught_up_at(shard, after_start(-1), 5'000));
  // The Date was rounded down, so that this may have been there.
  EXPECT_FALSE(caught_up_at(shard, after_start(999), 5'000));
  EXPECT_TRUE(caught_up_at(shard, after_start(1'500), 5'000));
}

TEST(PositionTest, arrivals_by_a_clock_that_is_ahead_of_the_date_do_not_end_it_early) {
  constexpr std::int64_t kDay = 86'400'000;
  Shard shard;
  EXPECT_FALSE(caught_up_at(shard, after_start(kDay - 60'000), 60'000));
  EXPECT_FALSE(caught_up_at(shard, after_start(kDay), 1));
  EXPECT_TRUE(caught_up_at(shard, after_start(kDay + 1), 1));
}

}  // namespace
}  // namespace headrace::producer
