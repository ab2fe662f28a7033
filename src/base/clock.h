// Time as an argument: nothing below server/ asks the machine what time it is.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace headrace {

// Milliseconds since 1970-01-01T00:00:00Z.
struct WallTime {
  std::int64_t ms = 0;
  auto operator<=>(const WallTime&) const = default;
};

// Nanoseconds on a clock that never goes back; its zero means nothing.
struct MonotonicTime {
  std::int64_t ns = 0;
  auto operator<=>(const MonotonicTime&) const = default;
  MonotonicTime operator+(std::chrono::nanoseconds d) const { return {ns + d.count()}; }
  std::chrono::nanoseconds operator-(MonotonicTime other) const {
    return std::chrono::nanoseconds(ns - other.ns);
  }
};

// Implementations: io::SystemClock and io::ManualClock (tests, simulation, `--clock virtual`).
// Thread-safe.
class Clock {
 public:
  using Alarm = std::move_only_function<void()>;

  virtual ~Clock() = default;
  virtual WallTime wall_now() const = 0;
  virtual MonotonicTime monotonic_now() const = 0;
  // Runs `alarm` once, at or after `when`, on a thread of the clock's choosing: it must be short
  // and must not block. Alarms still waiting when the clock is destroyed never run.
  virtual void call_at(MonotonicTime when, Alarm alarm) = 0;
};

}  // namespace headrace
