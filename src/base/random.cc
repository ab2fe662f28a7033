#include "base/random.h"

#include <cstring>

#include "base/check.h"
#include "base/hex.h"

namespace headrace {

std::uint64_t Random::below(std::uint64_t bound) {
  CHECK(bound > 0);
  return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
}

std::string Random::bytes(std::size_t count) {
  std::string out;
  out.reserve(count + 8);
  while (out.size() < count) {
    const std::uint64_t word = next();
    char raw[sizeof word];
    std::memcpy(raw, &word, sizeof word);
    out.append(raw, sizeof raw);
  }
  out.resize(count);
  return out;
}

std::string Random::hex(std::size_t count) { return to_hex(bytes(count)); }

std::string Random::uuid() {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out(36, '-');
  std::uint64_t word = 0;
  for (std::size_t i = 0, digit = 0; i < out.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) continue;
    if (digit++ % 16 == 0) word = next();
    out[i] = kDigits[word & 15];
    word >>= 4;
  }
  out[14] = '4';                                                                // the version
  out[19] = "89ab"[(out[19] <= '9' ? out[19] - '0' : out[19] - 'a' + 10) & 3];  // the variant
  return out;
}

std::uint64_t SeededRandom::next() {
  state_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace headrace
