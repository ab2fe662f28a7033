#include "base/statistic.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace headrace {
namespace {

TEST(StatisticTest, starts_empty_and_keeps_sum_count_and_extremes) {
  Statistic statistic;
  EXPECT_EQ(statistic.values().count, 0U);
  EXPECT_EQ(statistic.values().min, 0);
  EXPECT_EQ(statistic.values().max, 0);
  for (const std::int64_t value : {5, -2, 9, 0}) statistic.add(value);
  EXPECT_EQ(statistic.values().count, 4U);
  EXPECT_EQ(statistic.values().sum, 12);
  EXPECT_EQ(statistic.values().min, -2);
  EXPECT_EQ(statistic.values().max, 9);
}

TEST(StatisticTest, nothing_is_lost_between_threads) {
  constexpr int kThreads = 4;
  constexpr int kEach = 20'000;
  Statistic statistic;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&statistic, t] {
        for (int i = 0; i < kEach; ++i) statistic.add(i * kThreads + t);
      });
    }
  }
  constexpr std::int64_t kAll = std::int64_t{kThreads} * kEach;
  EXPECT_EQ(statistic.values().count, static_cast<std::uint64_t>(kAll));
  EXPECT_EQ(statistic.values().sum, kAll * (kAll - 1) / 2);
  EXPECT_EQ(statistic.values().min, 0);
  EXPECT_EQ(statistic.values().max, kAll - 1);
}

TEST(StatisticTest, what_is_counted_has_a_sum_and_extremes) {
  constexpr std::size_t kMany = 500'000;
  std::vector<Statistic> statistics(kMany);
  const std::jthread writer([&] {
    for (Statistic& statistic : statistics) statistic.add(7);
  });
  for (const Statistic& statistic : statistics) {
    Statistic::Values values;
    while (values.count == 0) values = statistic.values();
    ASSERT_EQ(values.sum, 7);
    ASSERT_EQ(values.min, 7);
    ASSERT_EQ(values.max, 7);
  }
}

}  // namespace
}  // namespace headrace
