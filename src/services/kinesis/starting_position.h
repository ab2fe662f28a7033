// Where in a shard a reader begins, as GetShardIterator and SubscribeToShard take it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "streams/stream.h"

namespace headrace::services::kinesis {

inline constexpr std::string_view kPositionTypes =
    "AT_SEQUENCE_NUMBER|AFTER_SEQUENCE_NUMBER|TRIM_HORIZON|LATEST|AT_TIMESTAMP";

struct Position {
  std::string type;  // one of kPositionTypes
  std::optional<std::string> sequence_number;
  std::optional<WallTime> timestamp;
};

// What a request calls these things, for messages.
struct PositionWords {
  std::string_view operation;  // "GetShardIterator"
  std::string_view subject;    // "iterator"
  std::string_view number;     // "StartingSequenceNumber"
};

// That the type and what it starts from go together. kInvalidArgument.
Status check_position(const Position& position, const PositionWords& words, WallTime now);

// The number of the record to read first; `shard` is one of the stream's. kInvalidArgument for a
// sequence number that is not of this shard or that no record of it has had yet.
boost::asio::awaitable<Result<std::uint64_t>> first_record(std::shared_ptr<streams::Stream> stream,
                                                           streams::ShardId shard,
                                                           Position position, PositionWords words);

}  // namespace headrace::services::kinesis
