#include "io/system_clock.h"

#include <chrono>
#include <condition_variable>
#include <utility>

namespace headrace::io {

struct SystemClock::Wake {
  std::condition_variable_any condition;
};

SystemClock::SystemClock() : wake_(std::make_unique<Wake>()), thread_([this] { run(); }) {}

SystemClock::~SystemClock() { stop(); }

void SystemClock::stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_->condition.notify_all();
  if (thread_.joinable()) thread_.join();
}

WallTime SystemClock::wall_now() const {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count()};
}

MonotonicTime SystemClock::monotonic_now() const {
  const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(since_start).count()};
}

void SystemClock::call_at(MonotonicTime when, Alarm alarm) {
  bool first = false;
  {
    MutexLock lock(mutex_);
    first = alarms_.emplace(when, std::move(alarm)) == alarms_.begin();
  }
  if (first) wake_->condition.notify_all();
}

// The analysis does not see through condition_variable_any's unlock and lock.
void SystemClock::run() NO_THREAD_SAFETY_ANALYSIS {
  mutex_.lock();
  while (!stopping_) {
    if (alarms_.empty()) {
      wake_->condition.wait(mutex_);
      continue;
    }
    const MonotonicTime when = alarms_.begin()->first;
    const auto wait = when - monotonic_now();
    if (wait.count() > 0) {
      wake_->condition.wait_for(mutex_, wait);
      continue;
    }
    Alarm due = std::move(alarms_.begin()->second);
    alarms_.erase(alarms_.begin());
    mutex_.unlock();
    due();
    mutex_.lock();
  }
  mutex_.unlock();
}

}  // namespace headrace::io
