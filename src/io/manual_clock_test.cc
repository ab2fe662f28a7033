#include "io/manual_clock.h"

#include <gtest/gtest.h>

#include <vector>

#include "io/blocking_pool.h"

namespace headrace::io {
namespace {

using std::chrono::milliseconds;

TEST(ManualClockTest, alarms_run_in_order_each_at_its_own_time) {
  ManualClock clock;
  const MonotonicTime start = clock.monotonic_now();
  std::vector<std::int64_t> seen;
  const auto note = [&] { seen.push_back((clock.monotonic_now() - start).count() / 1'000'000); };
  clock.call_at(start + milliseconds(30), note);
  clock.call_at(start + milliseconds(10), [&] {
    note();
    clock.call_at(start + milliseconds(20), note);
  });
  clock.call_at(start + milliseconds(50), note);
  clock.advance(milliseconds(40));
  EXPECT_EQ(seen, (std::vector<std::int64_t>{10, 20, 30}));
}

TEST(ManualClockTest, what_an_alarm_set_going_has_happened_before_time_moves_on) {
  ManualClock clock;
  BlockingPool pool(2);
  const MonotonicTime start = clock.monotonic_now();
  std::vector<int> seen;
  clock.call_at(start + milliseconds(10), [&] {
    pool.post([&] {
      seen.push_back(1);
      clock.call_at(start + milliseconds(20), [&] { seen.push_back(2); });
    });
  });
  clock.advance(milliseconds(100), [&] { pool.wait_idle(); });
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
}

}  // namespace
}  // namespace headrace::io
