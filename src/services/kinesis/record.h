// A record as GetRecords and SubscribeToShard answer with it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "services/kinesis/kinesis.h"
#include "wire/shape.h"

namespace headrace::services::kinesis {

struct Record {
  std::string sequence_number;
  std::optional<WallTime> approximate_arrival_timestamp;
  Bytes data;
  std::optional<std::string> partition_key;
  std::optional<std::string> encryption_type;
  static constexpr auto shape = wire::structure(
      wire::member<&Record::sequence_number>("SequenceNumber", wire::required,
                                             wire::pattern(kSequencePattern)),
      wire::member<&Record::approximate_arrival_timestamp>("ApproximateArrivalTimestamp"),
      wire::member<&Record::data>("Data", wire::required, wire::length(0, kDataBytesMax)),
      wire::member<&Record::partition_key>("PartitionKey", wire::length(1, 256)),
      wire::member<&Record::encryption_type>("EncryptionType", wire::one_of(kEncryptionTypes)));
};

std::vector<Record> describe_records(const streams::Stream& stream, const streams::Shard& shard,
                                     const storage::Slice& slice);

}  // namespace headrace::services::kinesis
