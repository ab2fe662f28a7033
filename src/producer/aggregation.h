// Records of records: what the Kinesis Producer Library packs into one Kinesis record, taken apart
// as the Kinesis Client Library 3 does it.
//
//   F3 89 9A C2, AggregatedRecord in Protocol Buffers (proto2), MD5 of the latter
//
//   message AggregatedRecord {
//     repeated string partition_key_table = 1;
//     repeated string explicit_hash_key_table = 2;
//     repeated Record records = 3;
//   }
//   message Record {
//     required uint64 partition_key_index = 1;
//     optional uint64 explicit_hash_key_index = 2;
//     required bytes data = 3;
//     repeated Tag tags = 4;
//   }
//   message Tag { required string key = 1; optional string value = 2; }
//
// https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace::producer {

// Of hash keys; both ends belong to it.
struct HashKeyRange {
  unsigned __int128 starting = 0;
  unsigned __int128 ending = ~static_cast<unsigned __int128>(0);

  bool operator==(const HashKeyRange&) const = default;
};

// Decimal digits of 0 to 2^128-1.
std::optional<unsigned __int128> parse_hash_key(std::string_view text);

// The views are of the record that was taken apart and of the tables beside them.
struct UserRecord {
  std::string_view partition_key;
  std::optional<std::string_view> explicit_hash_key;
  std::string_view data;
};

struct Deaggregated {
  enum class Outcome {
    kPlain,         // no aggregate: the record stands for itself
    kAggregate,     // `records`, of which there may be none
    kOutOfRange,    // one of its records belongs to another shard: all of it is to be dropped
    kInconsistent,  // refers to keys that it does not have: the record stands for itself
  };
  Outcome outcome = Outcome::kPlain;
  std::vector<UserRecord> records;
  // Moving a vector leaves its strings, and so the views, where they are.
  std::vector<std::string> partition_keys = {};
  std::vector<std::string> explicit_hash_keys = {};

  Deaggregated() = default;
  Deaggregated(Deaggregated&&) = default;
  Deaggregated& operator=(Deaggregated&&) = default;
};

// `range` is that of the shard the record was read from. A wrong checksum and what does not parse
// are plain records. `data` outlives what is returned.
Deaggregated deaggregate(std::string_view data, const HashKeyRange& range);

}  // namespace headrace::producer
