// GetShardIterator: where in a shard to begin to read.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"
#include "services/kinesis/starting_position.h"

namespace headrace::services::kinesis {
namespace {

constexpr PositionWords kWords = {
    .operation = "GetShardIterator", .subject = "iterator", .number = "StartingSequenceNumber"};

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
      wire::member<&Request::shard_iterator_type>("ShardIteratorType", wire::required,
                                                  wire::one_of(kPositionTypes)),
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

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  Position position{std::move(request.shard_iterator_type),
                    std::move(request.starting_sequence_number), request.timestamp};
  CO_RETURN_IF_ERROR(check_position(position, kWords, kinesis.clock.wall_now()));
  auto stream = find_active(kinesis, caller, names_of(request));
  if (!stream) co_return std::unexpected(std::move(stream).error());
  const auto shard = streams::ShardId::parse(request.shard_id);
  if (!shard || (*stream)->shards()->find(*shard) == nullptr) {
    co_return (*stream)->no_such_shard(request.shard_id);
  }
  CO_RETURN_IF_ERROR((*stream)->admit_iterator_call(*shard));
  const auto next = co_await first_record(*stream, *shard, std::move(position), kWords);
  if (!next) co_return std::unexpected(next.error());
  CO_RETURN_IF_ERROR(check_dry_run(request.dry_run));
  co_return Response{kinesis.streams.make_iterator({*stream, *shard, *next})};
}

}  // namespace

Operation get_shard_iterator(Kinesis& kinesis) {
  return operation<Request, Response>("GetShardIterator", "kinesis:GetShardIterator",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
