#include "services/kinesis/plain_json.h"

#include <bit>
#include <cstdint>

namespace headrace::services::kinesis {

// Eight characters at a time; the first one marked is right, whatever borrows mark behind it.
std::size_t plain_prefix(const char* begin, const char* end) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = kOnes * 0x80;
  const char* at = begin;
  if constexpr (std::endian::native == std::endian::little) {
    while (end - at >= 8) {
      std::uint64_t v = 0;
      std::memcpy(&v, at, sizeof v);
      const std::uint64_t quote = v ^ (kOnes * '"');
      const std::uint64_t backslash = v ^ (kOnes * '\\');
      const std::uint64_t marked =
          (v | (v - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes)) & kHigh;
      // A byte of 0x7f or less borrows only where it is below what was subtracted.
      if (marked != 0) {
        return static_cast<std::size_t>(at - begin) +
               static_cast<std::size_t>(std::countr_zero(marked)) / 8;
      }
      at += 8;
    }
  }
  while (at != end && static_cast<unsigned char>(*at) >= 0x20 &&
         static_cast<unsigned char>(*at) < 0x80 && *at != '"' && *at != '\\') {
    ++at;
  }
  return static_cast<std::size_t>(at - begin);
}

}  // namespace headrace::services::kinesis
