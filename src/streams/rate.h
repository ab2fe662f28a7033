// Rates: how much a shard takes and gives in a second.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace headrace::streams {

// A token bucket that holds what one second brings. Starts full.
class Rate {
 public:
  explicit Rate(std::int64_t per_second) : per_second_(per_second), level_(full()) {}

  void refill(MonotonicTime now);
  // What refill() left.
  bool holds(std::int64_t amount) const { return level_ >= amount * kScale; }
  // May go below zero.
  void take(std::int64_t amount) { level_ -= amount * kScale; }
  bool overdrawn() const { return level_ <= 0; }
  // When it will be full again if nothing is taken.
  MonotonicTime full_at() const;
  // When it will not be overdrawn any more.
  MonotonicTime settled_at() const;

 private:
  static constexpr std::int64_t kScale = 1'000'000'000;  // tokens are counted in ns of one a second
  std::int64_t full() const { return per_second_ * kScale; }

  std::int64_t per_second_;
  std::int64_t level_;
  MonotonicTime refilled_at_{INT64_MIN};
};

// What a shard accepts: 1 MiB and 1,000 records a second.
class WriteLimit {
 public:
  // Takes one record, or nothing and answers false.
  bool admit(std::int64_t bytes, MonotonicTime now);

 private:
  Rate bytes_{1 << 20};
  Rate records_{1'000};
};

// What a shard gives to all its readers: 5 calls and 2 MiB a second. An answer may be larger than
// what is left; the shard then gives nothing until the rate has caught up.
class ReadLimit {
 public:
  bool admit(MonotonicTime now);
  // Charges the answer of a call that was admitted.
  void charge(std::int64_t bytes, MonotonicTime now);

 private:
  Rate calls_{5};
  Rate bytes_{2 << 20};
  MonotonicTime closed_until_{INT64_MIN};
};

// What a shard pushes to one registered consumer: 2 MiB a second. What goes at once may be more
// than is left; the next waits until the rate has caught up.
class PushLimit {
 public:
  // When the next may go: not after `now` when it may at once.
  MonotonicTime open_at(MonotonicTime now);
  void charge(std::int64_t bytes, MonotonicTime now);

 private:
  Rate bytes_{2 << 20};
};

}  // namespace headrace::streams
