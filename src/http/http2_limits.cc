#include "http/http2_limits.h"

namespace headrace::http {

bool FloodGuard::count(Kind kind, Time now) {
  if (now >= period_end_) {
    counts_.fill(0);
    period_end_ = now + kPeriod;
  }
  const auto at = static_cast<std::size_t>(kind);
  return ++counts_[at] <= kCountsMax[at];
}

}  // namespace headrace::http
