// A statistic: how often something was observed, and the sum, least and greatest of its values.
#pragma once

#include <atomic>
#include <cstdint>

namespace headrace {

// Counts from the start of the process on. Any thread adds, without waiting; who reads meanwhile
// may see a value in sum and extremes that is not counted yet, never the other way round. Some ns
// for each value.
class Statistic {
 public:
  struct Values {
    std::uint64_t count = 0;
    std::int64_t sum = 0;
    std::int64_t min = 0;  // 0 while there is none
    std::int64_t max = 0;
  };

  void add(std::int64_t value) {
    if (value != 0) sum_.fetch_add(value, std::memory_order_relaxed);
    // Seldom true once there have been some.
    std::int64_t seen = min_.load(std::memory_order_relaxed);
    while (value < seen && !min_.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
    }
    seen = max_.load(std::memory_order_relaxed);
    while (value > seen && !max_.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
    }
    count_.fetch_add(1, std::memory_order_release);
  }

  Values values() const {
    const std::uint64_t count = count_.load(std::memory_order_acquire);
    if (count == 0) return {};
    return {.count = count,
            .sum = sum_.load(std::memory_order_relaxed),
            .min = min_.load(std::memory_order_relaxed),
            .max = max_.load(std::memory_order_relaxed)};
  }

 private:
  std::atomic<std::uint64_t> count_ = 0;
  std::atomic<std::int64_t> sum_ = 0;
  std::atomic<std::int64_t> min_ = INT64_MAX;
  std::atomic<std::int64_t> max_ = INT64_MIN;
};

}  // namespace headrace
