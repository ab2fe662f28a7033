// MergeShards: two adjacent shards into one.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::optional<std::string> stream_name;
  std::string shard_to_merge;
  std::string adjacent_shard_to_merge;
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::stream_name>("StreamName", wire::length(1, 128),
                                          wire::pattern(kNamePattern)),
      wire::member<&Request::shard_to_merge>("ShardToMerge", wire::required, wire::length(1, 128),
                                             wire::pattern(kNamePattern)),
      wire::member<&Request::adjacent_shard_to_merge>("AdjacentShardToMerge", wire::required,
                                                      wire::length(1, 128),
                                                      wire::pattern(kNamePattern)),
      wire::member<&Request::stream_arn>("StreamARN", wire::length(1, 2048),
                                         wire::pattern(kArnPattern)),
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)));
};

boost::asio::awaitable<Result<NoResponse>> handle(Kinesis& kinesis, Caller caller,
                                                  Request request) {
  auto stream = find_stream(kinesis, caller, names_of(request));
  if (!stream) co_return std::unexpected(std::move(stream).error());
  const auto first = streams::ShardId::parse(request.shard_to_merge);
  if (!first) co_return (*stream)->no_such_shard(request.shard_to_merge);
  const auto second = streams::ShardId::parse(request.adjacent_shard_to_merge);
  if (!second) co_return (*stream)->no_such_shard(request.adjacent_shard_to_merge);
  Status done = co_await kinesis.streams.merge(std::move(*stream), *first, *second);
  if (!done) co_return std::unexpected(std::move(done).error());
  co_return NoResponse{};
}

}  // namespace

Operation merge_shards(Kinesis& kinesis) {
  return operation<Request, NoResponse>("MergeShards", "kinesis:MergeShards",
                                        std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
