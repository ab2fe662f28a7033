// UpdateShardCount: as many open shards as wanted, of equal hash key ranges.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::optional<std::string> stream_name;
  std::int32_t target_shard_count = 0;
  std::string scaling_type;
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  static constexpr auto shape =
      wire::structure(wire::member<&Request::stream_name>("StreamName", wire::length(1, 128),
                                                          wire::pattern(kNamePattern)),
                      wire::member<&Request::target_shard_count>("TargetShardCount", wire::required,
                                                                 wire::range(1)),
                      wire::member<&Request::scaling_type>("ScalingType", wire::required,
                                                           wire::one_of("UNIFORM_SCALING")),
                      wire::member<&Request::stream_arn>("StreamARN", wire::length(1, 2048),
                                                         wire::pattern(kArnPattern)),
                      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                                        wire::pattern(kStreamIdPattern)));
};

struct Response {
  std::optional<std::string> stream_name;
  std::optional<std::int32_t> current_shard_count;
  std::optional<std::int32_t> target_shard_count;
  std::optional<std::string> stream_arn;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::stream_name>("StreamName", wire::length(1, 128),
                                           wire::pattern(kNamePattern)),
      wire::member<&Response::current_shard_count>("CurrentShardCount", wire::range(1)),
      wire::member<&Response::target_shard_count>("TargetShardCount", wire::range(1)),
      wire::member<&Response::stream_arn>("StreamARN", wire::length(1, 2048),
                                          wire::pattern(kArnPattern)));
};

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  auto stream = find_stream(kinesis, caller, names_of(request));
  if (!stream) co_return std::unexpected(std::move(stream).error());
  const auto target = static_cast<std::uint32_t>(request.target_shard_count);
  const auto before = co_await kinesis.streams.set_shard_count(*stream, target);
  if (!before) co_return std::unexpected(before.error());
  const streams::StreamKey& key = (*stream)->key();
  co_return Response{key.name.text(), static_cast<std::int32_t>(*before),
                     request.target_shard_count, key.arn()};
}

}  // namespace

Operation update_shard_count(Kinesis& kinesis) {
  return operation<Request, Response>("UpdateShardCount", "kinesis:UpdateShardCount",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
