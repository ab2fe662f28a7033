// SplitShard: one shard into two, at a hash key.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::optional<std::string> stream_name;
  std::string shard_to_split;
  std::string new_starting_hash_key;
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::stream_name>("StreamName", wire::length(1, 128),
                                          wire::pattern(kNamePattern)),
      wire::member<&Request::shard_to_split>("ShardToSplit", wire::required, wire::length(1, 128),
                                             wire::pattern(kNamePattern)),
      wire::member<&Request::new_starting_hash_key>("NewStartingHashKey", wire::required,
                                                    wire::pattern(kHashKeyPattern)),
      wire::member<&Request::stream_arn>("StreamARN", wire::length(1, 2048),
                                         wire::pattern(kArnPattern)),
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)));
};

boost::asio::awaitable<Result<NoResponse>> handle(Kinesis& kinesis, Caller caller,
                                                  Request request) {
  const auto key = streams::HashKey::parse(request.new_starting_hash_key);
  if (!key) {
    co_return fail(ErrorCode::kInvalidArgument, "NewStartingHashKey " +
                                                    request.new_starting_hash_key +
                                                    " is not in the range [0, 2^128-1].");
  }
  auto stream = find_stream(kinesis, caller, names_of(request));
  if (!stream) co_return std::unexpected(std::move(stream).error());
  const auto shard = streams::ShardId::parse(request.shard_to_split);
  if (!shard) co_return (*stream)->no_such_shard(request.shard_to_split);
  Status done = co_await kinesis.streams.split(std::move(*stream), *shard, *key);
  if (!done) co_return std::unexpected(std::move(done).error());
  co_return NoResponse{};
}

}  // namespace

Operation split_shard(Kinesis& kinesis) {
  return operation<Request, NoResponse>("SplitShard", "kinesis:SplitShard",
                                        std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
