// Rates: how much a shard takes and gives in a second.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace headrace::streams {

// A token bucket that holds what one second brings, or more. Starts full.
class Rate {
 public:
  explicit Rate(std::int64_t per_second)
      : per_second_(per_second), capacity_(per_second), level_(full()) {}

  // How much it holds from now on; before the first refill() it is full of that.
  void set_capacity(std::int64_t capacity);

  void refill(MonotonicTime now);
  // What refill() left.
  bool holds(std::int64_t amount) const { return level_ >= amount * kScale; }
  // May go below zero.
  void take(std::int64_t amount) { level_ -= amount * kScale; }
  // The same, but never below zero.
  void take_at_most(std::int64_t amount);
  bool overdrawn() const { return level_ <= 0; }
  // When it will be full again if nothing is taken.
  MonotonicTime full_at() const;
  // When it will not be overdrawn any more.
  MonotonicTime settled_at() const;

 private:
  static constexpr std::int64_t kScale = 1'000'000'000;  // tokens are counted in ns of one a second
  std::int64_t full() const { return capacity_ * kScale; }

  std::int64_t per_second_;
  std::int64_t capacity_;
  std::int64_t level_;
  MonotonicTime refilled_at_{INT64_MIN};
};

// What a shard accepts: 1 MiB and 1,000 records a second. What it did not take before it may take
// in a burst, of the largest record of its stream.
class WriteLimit {
 public:
  // Takes one record, or nothing and answers false. A record of `bytes_max` is taken once the shard
  // has rested for as long as that takes.
  bool admit(std::int64_t bytes, std::int64_t bytes_max, MonotonicTime now);

 private:
  Rate bytes_{1 << 20};
  Rate records_{1'000};
};

// What a shard gives to all its readers: 5 calls, 2 MiB and, in provisioned mode, 2,000 records a
// second. An answer may be larger than what is left; the shard then gives nothing until the rate of
// bytes has caught up, or for a second when it was the records.
class ReadLimit {
 public:
  bool admit(MonotonicTime now);
  // Charges the answer of a call that was admitted.
  void charge(std::int64_t bytes, std::int64_t records, MonotonicTime now);

 private:
  Rate calls_{5};
  Rate bytes_{2 << 20};
  Rate records_{2'000};
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
