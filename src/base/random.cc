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
  std::string raw = bytes(16);
  raw[6] = static_cast<char>((static_cast<unsigned char>(raw[6]) & 0x0f) | 0x40);
  raw[8] = static_cast<char>((static_cast<unsigned char>(raw[8]) & 0x3f) | 0x80);
  std::string digits = to_hex(raw);
  for (std::size_t dash : {8U, 13U, 18U, 23U}) digits.insert(dash, 1, '-');
  return digits;
}

std::uint64_t SeededRandom::next() {
  state_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace headrace
