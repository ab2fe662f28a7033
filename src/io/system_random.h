// The kernel's random numbers, fit for secrets.
#pragma once

#include "base/mutex.h"
#include "base/random.h"

namespace headrace::io {

// Thread-safe. Reads the kernel's generator in pieces of 512 bytes.
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override;

 private:
  Mutex mutex_;
  std::uint64_t buffer_[64] GUARDED_BY(mutex_) = {};
  std::size_t left_ GUARDED_BY(mutex_) = 0;
};

}  // namespace headrace::io
