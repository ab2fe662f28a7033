#include "io/manual_clock.h"

#include <utility>

namespace headrace::io {

WallTime ManualClock::wall_now() const {
  MutexLock lock(mutex_);
  return wall_;
}

MonotonicTime ManualClock::monotonic_now() const {
  MutexLock lock(mutex_);
  return now_;
}

void ManualClock::call_at(MonotonicTime when, Alarm alarm) {
  MutexLock lock(mutex_);
  alarms_.emplace(when, std::move(alarm));
}

void ManualClock::move_to(MonotonicTime when) {
  if (when <= now_) return;
  wall_rest_ns_ += (when - now_).count();
  now_ = when;
  wall_.ms += wall_rest_ns_ / 1'000'000;
  wall_rest_ns_ %= 1'000'000;
}

void ManualClock::advance(std::chrono::nanoseconds by, const std::function<void()>& settle) {
  const MonotonicTime target = monotonic_now() + by;
  for (;;) {
    Alarm due;
    {
      MutexLock lock(mutex_);
      if (alarms_.empty() || alarms_.begin()->first > target) {
        move_to(target);
        return;
      }
      auto first = alarms_.begin();
      move_to(first->first);
      due = std::move(first->second);
      alarms_.erase(first);
    }
    due();
    if (settle) settle();
  }
}

}  // namespace headrace::io
