#include "streams/hash_key.h"

#include <cstdint>

#include "base/check.h"

namespace headrace::streams {
namespace {

using Wide = unsigned __int128;
constexpr Wide kMax = ~Wide{0};

}  // namespace

std::string HashKey::text() const {
  char digits[39];
  char* begin = digits + sizeof digits;
  Wide rest = value;
  do {
    *--begin = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  } while (rest != 0);
  return {begin, digits + sizeof digits};
}

std::optional<HashKey> HashKey::parse(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  HashKey key;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<Wide>(c - '0');
    if (key.value > (kMax - digit) / 10) return std::nullopt;
    key.value = key.value * 10 + digit;
  }
  return key;
}

HashKey HashKey::of(const Md5Digest& digest) {
  // In halves, which the compiler knows to load at once.
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  for (std::size_t i = 0; i < 8; ++i) high = (high << 8) | digest[i];
  for (std::size_t i = 8; i < 16; ++i) low = (low << 8) | digest[i];
  return {(Wide{high} << 64) | low};
}

std::vector<HashKeyRange> equal_ranges(std::size_t count) {
  CHECK(count > 0);
  // floor(2^128 / count), which for one shard does not fit: it has everything.
  const Wide width = count == 1 ? 0 : kMax / count + (kMax % count == count - 1 ? 1 : 0);
  std::vector<HashKeyRange> ranges(count);
  for (std::size_t i = 0; i < count; ++i) {
    ranges[i].starting.value = width * i;
    ranges[i].ending.value = i + 1 == count ? kMax : width * (i + 1) - 1;
  }
  return ranges;
}

}  // namespace headrace::streams
