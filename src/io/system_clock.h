// The machine's clock, with one thread for its alarms.
#pragma once

#include <map>
#include <memory>
#include <thread>

#include "base/clock.h"
#include "base/mutex.h"

namespace headrace::io {

// Thread-safe.
class SystemClock final : public Clock {
 public:
  SystemClock();
  ~SystemClock() override;

  WallTime wall_now() const override;
  MonotonicTime monotonic_now() const override;
  void call_at(MonotonicTime when, Alarm alarm) override;

  // No alarm runs once this has returned; the time can still be told. Never from an alarm.
  void stop() EXCLUDES(mutex_);

 private:
  void run();

  struct Wake;  // a condition variable that waits until a time
  std::unique_ptr<Wake> wake_;
  Mutex mutex_;
  std::multimap<MonotonicTime, Alarm> alarms_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace headrace::io
