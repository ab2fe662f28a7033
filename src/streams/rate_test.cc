#include "streams/rate.h"

#include <gtest/gtest.h>

namespace headrace::streams {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMiB = 1 << 20;

TEST(WriteLimitTest, a_thousand_records_a_second) {
  WriteLimit limit;
  const MonotonicTime start{5 * kSecond};
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(limit.admit(1, start)) << i;
  EXPECT_FALSE(limit.admit(1, start));
  EXPECT_FALSE(limit.admit(1, {start.ns + kSecond / 1000 - 1}));
  EXPECT_TRUE(limit.admit(1, {start.ns + kSecond / 1000}));
  const MonotonicTime later{start.ns + 3600 * kSecond};
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(limit.admit(1, later)) << i;
  EXPECT_FALSE(limit.admit(1, later));
}

TEST(WriteLimitTest, one_mebibyte_a_second) {
  WriteLimit limit;
  EXPECT_TRUE(limit.admit(kMiB, {0}));
  EXPECT_FALSE(limit.admit(1, {0}));
  EXPECT_TRUE(limit.admit(kMiB / 2, {kSecond / 2}));
  EXPECT_FALSE(limit.admit(1, {kSecond / 2}));
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
  limit.charge(10 * kMiB, {0});
  EXPECT_FALSE(limit.admit({5 * kSecond - 1}));
  EXPECT_TRUE(limit.admit({5 * kSecond}));
}

TEST(ReadLimitTest, two_mebibytes_close_it_for_one_second) {
  ReadLimit limit;
  ASSERT_TRUE(limit.admit({0}));
  limit.charge(kMiB, {0});
  EXPECT_TRUE(limit.admit({0}));
  limit.charge(kMiB, {0});
  EXPECT_FALSE(limit.admit({kSecond - 1}));
  EXPECT_TRUE(limit.admit({kSecond}));
}

}  // namespace
}  // namespace headrace::streams
