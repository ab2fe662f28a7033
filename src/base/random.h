// Chance as an argument: ids, salts, jitter and secrets come from a Random.
#pragma once

#include <cstdint>
#include <string>

namespace headrace {

// Implementations: io::SystemRandom (the kernel's generator, fit for secrets) and SeededRandom
// (tests, simulation). SystemRandom is thread-safe, SeededRandom is not.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;

  // Uniform in [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound);
  // `count` random bytes as they are, and as lower-case hexadecimal digits (two for each byte).
  std::string bytes(std::size_t count);
  std::string hex(std::size_t count);
  // A version 4 UUID in lower case (RFC 9562).
  std::string uuid();
};

// SplitMix64: the same seed gives the same numbers on every machine. Not for secrets.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override;

 private:
  std::uint64_t state_;
};

}  // namespace headrace
