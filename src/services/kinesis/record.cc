#include "services/kinesis/record.h"

#include "streams/sequence_number.h"

namespace headrace::services::kinesis {
namespace {

// A record that was spread, not sorted, may have none.
std::optional<std::string> key_of(const storage::RecordView& record) {
  if (record.key.empty()) return std::nullopt;
  return std::string(record.key);
}

}  // namespace

std::vector<Record> describe_records(const streams::Stream& stream, const streams::Shard& shard,
                                     const storage::Slice& slice) {
  std::vector<Record> records;
  records.reserve(slice.records.size());
  for (const storage::RecordView& record : slice.records) {
    const auto number =
        streams::SequenceNumber::of_record(shard.created_ms, stream.id(), shard.id, record.number);
    records.push_back({.sequence_number = number.text(),
                       .approximate_arrival_timestamp = WallTime{record.arrival_ms},
                       .data = Bytes(std::string(record.data)),
                       .partition_key = key_of(record)});
    if (record.mark != 0) records.back().encryption_type = "KMS";
  }
  return records;
}

}  // namespace headrace::services::kinesis
