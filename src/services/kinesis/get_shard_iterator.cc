// GetShardIterator: where in a shard to begin to read.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::optional<std::string> stream_name;
  std::string shard_id;
  std::string shard_iterator_type;
  std::optional<std::string> starting_sequence_number;
  std::optional<WallTime> timestamp;
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  std::optional<bool> dry_run;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::stream_name>("StreamName", wire::length(1, 128),
                                          wire::pattern(kNamePattern)),
      wire::member<&Request::shard_id>("ShardId", wire::required, wire::length(1, 128),
                                       wire::pattern(kNamePattern)),
      wire::member<&Request::shard_iterator_type>(
          "ShardIteratorType", wire::required,
          wire::one_of(
              "AT_SEQUENCE_NUMBER|AFTER_SEQUENCE_NUMBER|TRIM_HORIZON|LATEST|AT_TIMESTAMP")),
      wire::member<&Request::starting_sequence_number>("StartingSequenceNumber",
                                                       wire::pattern(kSequencePattern)),
      wire::member<&Request::timestamp>("Timestamp"),
      wire::member<&Request::stream_arn>("StreamARN", wire::length(1, 2048),
                                         wire::pattern(kArnPattern)),
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)),
      wire::member<&Request::dry_run>("DryRun"));
};

struct Response {
  std::optional<std::string> shard_iterator;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::shard_iterator>("ShardIterator", wire::length(1, 512)));
};

// That the type and what it starts from go together.
Status check(const Request& request, WallTime now) {
  const std::string& type = request.shard_iterator_type;
  const bool by_number = type == "AT_SEQUENCE_NUMBER" || type == "AFTER_SEQUENCE_NUMBER";
  const bool by_time = type == "AT_TIMESTAMP";
  if (by_number && !request.starting_sequence_number) {
    return fail(ErrorCode::kInvalidArgument,
                "Must specify StartingSequenceNumber parameter for iterator of type " + type + ".");
  }
  if (!by_number && request.starting_sequence_number) {
    return fail(ErrorCode::kInvalidArgument,
                "StartingSequenceNumber cannot be specified for iterator of type " + type + ".");
  }
  if (by_time && !request.timestamp) {
    return fail(ErrorCode::kInvalidArgument,
                "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP.");
  }
  if (!by_time && request.timestamp) {
    return fail(ErrorCode::kInvalidArgument,
                "Timestamp cannot be specified for iterator of type " + type + ".");
  }
  if (by_time && *request.timestamp > now) {
    return fail(ErrorCode::kInvalidArgument,
                "The timestampInMillis parameter cannot be greater than the "
                "currentTimestampInMillis. timestampInMillis: " +
                    std::to_string(request.timestamp->ms) +
                    ", currentTimestampInMillis: " + std::to_string(now.ms));
  }
  return {};
}

// The record that a sequence number of this shard leads to.
Result<std::uint64_t> record_at(const streams::Stream& stream, streams::ShardId shard,
                                const std::string& text, bool after) {
  const auto number = streams::SequenceNumber::parse(text);
  const std::string invalid = "StartingSequenceNumber " + text +
                              " used in GetShardIterator on shard " + shard.text() + " in " +
                              stream.described() + " is invalid";
  if (!number) return fail(ErrorCode::kInvalidArgument, invalid + ".");
  if (number->stream != stream.id()) {
    return fail(ErrorCode::kInvalidArgument,
                invalid + " because it did not come from this stream.");
  }
  if (number->shard != shard) {
    return fail(ErrorCode::kInvalidArgument,
                "Invalid StartingSequenceNumber. It encodes " + number->shard.text() +
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

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  CO_RETURN_IF_ERROR(check(request, kinesis.clock.wall_now()));
  auto stream = find_active(kinesis, caller, names_of(request));
  if (!stream) co_return std::unexpected(std::move(stream).error());
  const auto shard = streams::ShardId::parse(request.shard_id);
  if (!shard || (*stream)->shards()->find(*shard) == nullptr) {
    co_return (*stream)->no_such_shard(request.shard_id);
  }
  CO_RETURN_IF_ERROR((*stream)->admit_iterator_call(*shard));
  const std::string& type = request.shard_iterator_type;
  std::uint64_t next = 0;  // TRIM_HORIZON: what has expired is skipped when it is read
  if (type == "LATEST") {
    next = (*stream)->latest(*shard);
  } else if (type == "AT_TIMESTAMP") {
    const auto found = co_await (*stream)->at_time(*shard, request.timestamp->ms);
    if (!found) co_return std::unexpected(found.error());
    next = *found;
  } else if (type != "TRIM_HORIZON") {
    const auto found = record_at(**stream, *shard, *request.starting_sequence_number,
                                 type == "AFTER_SEQUENCE_NUMBER");
    if (!found) co_return std::unexpected(found.error());
    next = *found;
  }
  CO_RETURN_IF_ERROR(check_dry_run(request.dry_run));
  co_return Response{kinesis.streams.make_iterator({*stream, *shard, next})};
}

}  // namespace

Operation get_shard_iterator(Kinesis& kinesis) {
  return operation<Request, Response>("GetShardIterator", "kinesis:GetShardIterator",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
