// From the records of an answer to those that somebody wanted to read.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "producer/shards.h"
#include "wire/value.h"

namespace headrace::producer {

// Views die with the call that hands them out.
struct ConsumedRecord {
  std::string_view shard_id;
  std::string_view sequence_number;
  // Of a record that came out of an aggregate: its place there, from 0.
  std::optional<std::size_t> sub_sequence_number;
  std::string_view partition_key;
  WallTime arrival;
  std::string_view data;
};

// False: enough.
using TakeRecord = std::function<bool(const ConsumedRecord&)>;

class RecordTaker {
 public:
  // Of aggregated records as they are stored.
  struct Counts {
    std::uint64_t out_of_range = 0;  // dropped
    std::uint64_t inconsistent = 0;  // handed on as stored
  };

  RecordTaker(TakeRecord take, bool deaggregates)
      : take_(std::move(take)), deaggregates_(deaggregates) {}

  // The `Records` of `answer`, in order; moves shard.last and shard.newest on. False: enough.
  // kMalformedHttp.
  Result<bool> take(const std::string& shard_id, Shard& shard, const wire::Value& answer);
  // Keys do not say which shard has a record, so that aggregates may hold any.
  void expect_any_key() { any_key_ = true; }
  const Counts& counts() const { return counts_; }

 private:
  Result<bool> take_stored(const std::string& shard_id, const Shard& shard,
                           const wire::Value& record);
  bool hand_on(ConsumedRecord stored, const HashKeyRange& range);

  TakeRecord take_;
  bool deaggregates_;
  bool any_key_ = false;
  Counts counts_;
};

}  // namespace headrace::producer
