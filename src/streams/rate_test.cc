#include "streams/rate.h"

#include <gtest/gtest.h>

namespace headrace::streams {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMiB = 1 << 20;

TEST(WriteLimitTest, a_thousand_records_a_second) {
  WriteLimit limit;
  const MonotonicTime start{5 * kSecond};
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(limit.admit(1, kMiB, start)) << i;
  EXPECT_FALSE(limit.admit(1, kMiB, start));
  EXPECT_FALSE(limit.admit(1, kMiB, {start.ns + kSecond / 1000 - 1}));
  EXPECT_TRUE(limit.admit(1, kMiB, {start.ns + kSecond / 1000}));
  const MonotonicTime later{start.ns + 3600 * kSecond};
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(limit.admit(1, kMiB, later)) << i;
  EXPECT_FALSE(limit.admit(1, kMiB, later));
}

TEST(WriteLimitTest, one_mebibyte_a_second) {
  WriteLimit limit;
  EXPECT_TRUE(limit.admit(kMiB, kMiB, {0}));
  EXPECT_FALSE(limit.admit(1, kMiB, {0}));
  EXPECT_TRUE(limit.admit(kMiB / 2, kMiB, {kSecond / 2}));
  EXPECT_FALSE(limit.admit(1, kMiB, {kSecond / 2}));
}

TEST(ReadLimitTest, five_calls_a_second) {
  ReadLimit limit;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(limit.admit({0}));
  EXPECT_FALSE(limit.admit({0}));
  EXPECT_TRUE(limit.admit({kSecond / 5}));
  EXPECT_FALSE(limit.admit({kSecond / 5}));
}

TEST(ReadLimitTest, a_ten_mebibyte_answer_closes_the_shard_for_five_seconds) {
  ReadLimit limit;
  ASSERT_TRUE(limit.admit({0}));
  limit.charge(10 * kMiB, 0, {0});
  EXPECT_FALSE(limit.admit({5 * kSecond - 1}));
  EXPECT_TRUE(limit.admit({5 * kSecond}));
}

TEST(ReadLimitTest, two_mebibytes_close_it_for_one_second) {
  ReadLimit limit;
  ASSERT_TRUE(limit.admit({0}));
  limit.charge(kMiB, 0, {0});
  EXPECT_TRUE(limit.admit({0}));
  limit.charge(kMiB, 0, {0});
  EXPECT_FALSE(limit.admit({kSecond - 1}));
  EXPECT_TRUE(limit.admit({kSecond}));
}

TEST(WriteLimitTest, a_rested_shard_takes_the_largest_record_at_once) {
  WriteLimit limit;
  EXPECT_TRUE(limit.admit(10 * kMiB, 10 * kMiB, {0}));
  EXPECT_FALSE(limit.admit(1, 10 * kMiB, {0}));
  EXPECT_FALSE(limit.admit(4 * kMiB, 10 * kMiB, {4 * kSecond - 1}));
  EXPECT_TRUE(limit.admit(4 * kMiB, 10 * kMiB, {4 * kSecond}));
}

TEST(WriteLimitTest, a_burst_that_shrinks_is_cut_and_one_that_grows_is_earned) {
  WriteLimit limit;
  EXPECT_TRUE(limit.admit(1, 10 * kMiB, {0}));
  EXPECT_TRUE(limit.admit(kMiB, kMiB, {0}));
  EXPECT_FALSE(limit.admit(1, kMiB, {0}));
  EXPECT_FALSE(limit.admit(2 * kMiB, 10 * kMiB, {kSecond}));
  EXPECT_TRUE(limit.admit(2 * kMiB, 10 * kMiB, {2 * kSecond}));
}

TEST(ReadLimitTest, two_thousand_records_close_it_for_one_second) {
  ReadLimit limit;
  ASSERT_TRUE(limit.admit({0}));
  limit.charge(1, 10'000, {0});
  EXPECT_FALSE(limit.admit({kSecond - 1}));
  EXPECT_TRUE(limit.admit({kSecond}));
}

}  // namespace
}  // namespace headrace::streams
