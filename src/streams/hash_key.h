// Hash keys: where in the space of 2^128 a partition key falls, and the ranges shards have of it.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/md5.h"

namespace headrace::streams {

struct HashKey {
  unsigned __int128 value = 0;
  auto operator<=>(const HashKey&) const = default;

  std::string text() const;  // decimal
  // Decimal digits without leading zeros, up to 2^128-1.
  static std::optional<HashKey> parse(std::string_view text);
  // The MD5 of a partition key, read as a big-endian number.
  static HashKey of(const Md5Digest& digest);
};

// Both ends belong to it.
struct HashKeyRange {
  HashKey starting;
  HashKey ending;
  bool operator==(const HashKeyRange&) const = default;
};

// `count` ranges of the same width that share the whole space; the last has the remainder too.
std::vector<HashKeyRange> equal_ranges(std::size_t count);

}  // namespace headrace::streams
