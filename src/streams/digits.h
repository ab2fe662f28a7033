// Numbers in decimal digits of fixed count.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/check.h"

namespace headrace::streams {

// Writes `count` digits, zeroes in front, and answers what is behind them.
inline char* write_digits(char* out, std::uint64_t value, std::size_t count) {
  char digits[20];
  const auto written = std::to_chars(digits, digits + sizeof digits, value);
  const auto size = static_cast<std::size_t>(written.ptr - digits);
  CHECK(size <= count);
  std::memset(out, '0', count - size);
  std::memcpy(out + count - size, digits, size);
  return out + count;
}

}  // namespace headrace::streams
