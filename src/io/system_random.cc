#include "io/system_random.h"

#include <sys/random.h>

#include "base/check.h"

namespace headrace::io {

std::uint64_t SystemRandom::next() {
  MutexLock lock(mutex_);
  if (left_ == 0) {
    auto* into = reinterpret_cast<char*>(buffer_);
    std::size_t done = 0;
    while (done < sizeof buffer_) {
      const ssize_t n = ::getrandom(into + done, sizeof buffer_ - done, 0);
      if (n > 0) done += static_cast<std::size_t>(n);
    }
    left_ = sizeof buffer_ / sizeof buffer_[0];
  }
  const std::uint64_t word = buffer_[--left_];
  buffer_[left_] = 0;
  return word;
}

}  // namespace headrace::io
