#include "services/kinesis/starting_position.h"

#include "streams/sequence_number.h"

namespace headrace::services::kinesis {
namespace {

// The record that a sequence number of this shard leads to.
Result<std::uint64_t> record_at(const streams::Stream& stream, streams::ShardId shard,
                                const std::string& text, bool after, const PositionWords& words) {
  const auto number = streams::SequenceNumber::parse(text);
  const std::string name(words.number);
  const std::string invalid = name + " " + text + " used in " + std::string(words.operation) +
                              " on shard " + shard.text() + " in " + stream.described() +
                              " is invalid";
  if (!number) return fail(ErrorCode::kInvalidArgument, invalid + ".");
  if (number->stream != stream.id()) {
    return fail(ErrorCode::kInvalidArgument,
                invalid + " because it did not come from this stream.");
  }
  if (number->shard != shard) {
    return fail(ErrorCode::kInvalidArgument,
                "Invalid " + name + ". It encodes " + number->shard.text() +
                    ", while it was used in a call to a shard with " + shard.text());
  }
  const auto shards = stream.shards();
  const streams::Shard* found = shards->find(shard);
  const bool known = found != nullptr && found->created_ms == number->shard_created_ms;
  if (known && !found->open() && number->position == streams::SequenceNumber::kEnd) {
    return stream.latest(shard);
  }
  if (!known || number->position > stream.latest(shard)) {
    return fail(ErrorCode::kInvalidArgument,
                invalid + " because it did not come from this stream.");
  }
  return number->position - (after || number->position == 0 ? 0 : 1);
}

}  // namespace

Status check_position(const Position& position, const PositionWords& words, WallTime now) {
  const std::string& type = position.type;
  const std::string number(words.number);
  const std::string of_type = " for " + std::string(words.subject) + " of type " + type + ".";
  const bool by_number = type == "AT_SEQUENCE_NUMBER" || type == "AFTER_SEQUENCE_NUMBER";
  const bool by_time = type == "AT_TIMESTAMP";
  if (by_number && !position.sequence_number) {
    return fail(ErrorCode::kInvalidArgument, "Must specify " + number + " parameter" + of_type);
  }
  if (!by_number && position.sequence_number) {
    return fail(ErrorCode::kInvalidArgument, number + " cannot be specified" + of_type);
  }
  if (by_time && !position.timestamp) {
    return fail(ErrorCode::kInvalidArgument, "Must specify timestampInMillis parameter" + of_type);
  }
  if (!by_time && position.timestamp) {
    return fail(ErrorCode::kInvalidArgument, "Timestamp cannot be specified" + of_type);
  }
  if (by_time && *position.timestamp > now) {
    return fail(ErrorCode::kInvalidArgument,
                "The timestampInMillis parameter cannot be greater than the "
                "currentTimestampInMillis. timestampInMillis: " +
                    std::to_string(position.timestamp->ms) +
                    ", currentTimestampInMillis: " + std::to_string(now.ms));
  }
  return {};
}

boost::asio::awaitable<Result<std::uint64_t>> first_record(std::shared_ptr<streams::Stream> stream,
                                                           streams::ShardId shard,
                                                           Position position, PositionWords words) {
  if (position.type == "TRIM_HORIZON") {
    co_return std::uint64_t{0};  // what has expired is skipped when it is read
  }
  if (position.type == "LATEST") co_return stream->latest(shard);
  if (position.type == "AT_TIMESTAMP") {
    co_return co_await stream->at_time(shard, position.timestamp->ms);
  }
  co_return record_at(*stream, shard, *position.sequence_number,
                      position.type == "AFTER_SEQUENCE_NUMBER", words);
}

}  // namespace headrace::services::kinesis
