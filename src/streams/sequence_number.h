// Sequence numbers: 56 decimal digits that say by themselves which record they name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "streams/names.h"

namespace headrace::streams {

// The digits are, from the left: "49"; when the shard was made (13, milliseconds since 1970); the
// stream's storage id (13); the shard's index (9); the record's position in the shard, counted
// from 1 (19). As numbers they therefore grow within a shard and from a shard to the shards made of
// it later, they are unlike in any two shards, and consecutive records differ by one. Position 0
// is the shard's starting sequence number and kEnd the ending one of a closed shard; no record has
// either.
struct SequenceNumber {
  std::int64_t shard_created_ms = 0;
  std::uint64_t stream = 0;
  ShardId shard;
  std::uint64_t position = 0;
  bool operator==(const SequenceNumber&) const = default;

  static constexpr std::size_t kTextSize = 56;
  static constexpr std::uint64_t kEnd = 9'999'999'999'999'999'999U;
  // The number of the storage layer's record `number`.
  static SequenceNumber of_record(std::int64_t shard_created_ms, std::uint64_t stream,
                                  ShardId shard, std::uint64_t number) {
    return {shard_created_ms, stream, shard, number + 1};
  }
  std::string text() const;
  void write(char* out) const;  // exactly kTextSize digits
  // Nothing when this server cannot have made it.
  static std::optional<SequenceNumber> parse(std::string_view text);
};

// Adds one to a number written in decimal digits, in place; all nines become zeros.
inline void increment_digits(char* begin, char* end) {
  while (end != begin) {
    if (*--end != '9') {
      ++*end;
      return;
    }
    *end = '0';
  }
}

}  // namespace headrace::streams
