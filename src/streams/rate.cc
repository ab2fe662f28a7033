#include "streams/rate.h"

#include <algorithm>

namespace headrace::streams {

void Rate::set_capacity(std::int64_t capacity) {
  if (capacity == capacity_) return;
  capacity_ = capacity;
  level_ = refilled_at_.ns == INT64_MIN ? full() : std::min(level_, full());
}

void Rate::take_at_most(std::int64_t amount) {
  level_ = std::max<std::int64_t>(0, level_ - amount * kScale);
}

void Rate::refill(MonotonicTime now) {
  if (refilled_at_.ns == INT64_MIN) refilled_at_ = now;
  if (now <= refilled_at_) return;
  const std::int64_t missing = full() - level_;
  const std::int64_t elapsed_ns = now.ns - refilled_at_.ns;
  refilled_at_ = now;
  // Compared by division: an hour's product would overflow.
  const bool filled = elapsed_ns > missing / per_second_;
  level_ = filled ? full() : level_ + elapsed_ns * per_second_;
}

MonotonicTime Rate::full_at() const {
  const std::int64_t missing = full() - level_;
  return {refilled_at_.ns + (missing + per_second_ - 1) / per_second_};
}

MonotonicTime Rate::settled_at() const {
  if (level_ > 0) return refilled_at_;
  return {refilled_at_.ns - level_ / per_second_ + 1};
}

bool WriteLimit::admit(std::int64_t bytes, std::int64_t bytes_max, MonotonicTime now) {
  bytes_.set_capacity(bytes_max);
  bytes_.refill(now);
  records_.refill(now);
  if (!bytes_.holds(bytes) || !records_.holds(1)) return false;
  bytes_.take(bytes);
  records_.take(1);
  return true;
}

bool ReadLimit::admit(MonotonicTime now) {
  calls_.refill(now);
  if (now < closed_until_ || !calls_.holds(1)) return false;
  calls_.take(1);
  return true;
}

void ReadLimit::charge(std::int64_t bytes, std::int64_t records, MonotonicTime now) {
  bytes_.refill(now);
  bytes_.take(bytes);
  if (bytes_.overdrawn()) closed_until_ = bytes_.full_at();
  records_.refill(now);
  records_.take_at_most(records);
  if (records_.overdrawn()) closed_until_ = std::max(closed_until_, records_.full_at());
}

MonotonicTime PushLimit::open_at(MonotonicTime now) {
  bytes_.refill(now);
  return bytes_.settled_at();
}

void PushLimit::charge(std::int64_t bytes, MonotonicTime now) {
  bytes_.refill(now);
  bytes_.take(bytes);
}

}  // namespace headrace::streams
