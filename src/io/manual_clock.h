// A clock that stands still until it is told to move: tests, simulation, `--clock virtual`.
#pragma once

#include <chrono>
#include <functional>
#include <map>

#include "base/clock.h"
#include "base/mutex.h"

namespace headrace::io {

// Thread-safe; alarms run on the thread that advances, in order of their times, each at its own
// time (a alarm that sets another one that falls within the same advance sees it run too).
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start = {1'767'225'600'000}) : wall_(start) {}

  WallTime wall_now() const override;
  MonotonicTime monotonic_now() const override;
  void call_at(MonotonicTime when, Alarm alarm) override;

  // `settle`, when given, runs after each alarm: it waits for what the alarm set going.
  void advance(std::chrono::nanoseconds by, const std::function<void()>& settle = {});

 private:
  mutable Mutex mutex_;
  WallTime wall_ GUARDED_BY(mutex_);
  MonotonicTime now_ GUARDED_BY(mutex_){1'000'000'000};
  std::int64_t wall_rest_ns_ GUARDED_BY(mutex_) = 0;
  std::multimap<MonotonicTime, Alarm> alarms_ GUARDED_BY(mutex_);

  void move_to(MonotonicTime when) REQUIRES(mutex_);
};

}  // namespace headrace::io
