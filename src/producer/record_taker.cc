#include "producer/record_taker.h"

#include <cmath>
#include <utility>

#include "base/base64.h"
#include "producer/aggregation.h"
#include "producer/json_members.h"

namespace headrace::producer {
namespace {

WallTime arrival_of(const wire::Value& record) {
  return {std::llround(number_of(record, "ApproximateArrivalTimestamp") * 1000)};
}

}  // namespace

Result<bool> RecordTaker::take(const std::string& shard_id, Shard& shard,
                               const wire::Value& answer) {
  const wire::Value* records = answer.find("Records");
  if (records == nullptr || records->list() == nullptr) {
    return fail(ErrorCode::kMalformedHttp, "the answer has no records");
  }
  for (const wire::Value& each : *records->list()) {
    ASSIGN_OR_RETURN(const bool more, take_stored(shard_id, shard, each));
    if (!more) return false;
    shard.last = text_of(each, "SequenceNumber");
    shard.newest = arrival_of(each);
  }
  return true;
}

Result<bool> RecordTaker::take_stored(const std::string& shard_id, const Shard& shard,
                                      const wire::Value& record) {
  const wire::Value* encoded = record.find("Data");
  if (encoded == nullptr || encoded->string() == nullptr) {
    return fail(ErrorCode::kMalformedHttp, "a record without data");
  }
  const std::optional<std::string> data = base64_decode(*encoded->string());
  if (!data) return fail(ErrorCode::kMalformedHttp, "a record whose data is not base64");
  const std::string number = text_of(record, "SequenceNumber");
  const std::string key = text_of(record, "PartitionKey");
  return hand_on({.shard_id = shard_id,
                  .sequence_number = number,
                  .sub_sequence_number = std::nullopt,
                  .partition_key = key,
                  .arrival = arrival_of(record),
                  .data = *data},
                 any_key_ ? HashKeyRange{} : shard.range);
}

bool RecordTaker::hand_on(ConsumedRecord stored, const HashKeyRange& range) {
  if (!deaggregates_) return take_(stored);
  const Deaggregated parts = deaggregate(stored.data, range);
  switch (parts.outcome) {
    case Deaggregated::Outcome::kPlain: return take_(stored);
    case Deaggregated::Outcome::kInconsistent: ++counts_.inconsistent; return take_(stored);
    case Deaggregated::Outcome::kOutOfRange: ++counts_.out_of_range; return true;
    case Deaggregated::Outcome::kAggregate: break;
  }
  ConsumedRecord record = stored;
  for (std::size_t i = 0; i < parts.records.size(); ++i) {
    record.sub_sequence_number = i;
    record.partition_key = parts.records[i].partition_key;
    record.data = parts.records[i].data;
    if (!take_(record)) return false;
  }
  return true;
}

}  // namespace headrace::producer
