// CreateStream: provisioned streams, with their tags.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::string stream_name;
  std::optional<std::int32_t> shard_count;
  std::optional<StreamModeDetails> stream_mode_details;
  std::optional<std::map<std::string, std::string>> tags;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::stream_name>("StreamName", wire::required, wire::length(1, 128),
                                          wire::pattern(kNamePattern)),
      wire::member<&Request::shard_count>("ShardCount", wire::range(1)),
      wire::member<&Request::stream_mode_details>("StreamModeDetails"),
      wire::member<&Request::tags>("Tags", wire::length(1, 200), wire::keys(wire::length(1, 128)),
                                   wire::each(wire::length(0, 256))),
      wire::refused("WarmThroughputMiBps"), wire::refused("MaxRecordSizeInKiB"),
      wire::refused("RecordDistributionStrategy"));
};

boost::asio::awaitable<Result<NoResponse>> handle(Kinesis& kinesis, Caller caller,
                                                  Request request) {
  if (request.stream_mode_details && request.stream_mode_details->stream_mode != "PROVISIONED") {
    co_return fail(ErrorCode::kNotImplemented,
                   "StreamModeDetails.StreamMode ON_DEMAND is not supported yet.",
                   "StreamModeDetails.StreamMode");
  }
  if (!request.shard_count) co_return missing_member("shardCount");
  streams::Tags tags = std::move(request.tags).value_or(streams::Tags{});
  CO_RETURN_IF_ERROR(check_tags(tags));
  auto name = streams::StreamName::parse(request.stream_name);
  if (!name) co_return fail(ErrorCode::kInvalidArgument, "Invalid StreamName");
  streams::StreamKey key{caller.account, caller.region, std::move(*name)};
  const auto shards = static_cast<std::uint32_t>(*request.shard_count);
  Status created = co_await kinesis.streams.create(std::move(key), shards, std::move(tags));
  if (!created) co_return std::unexpected(std::move(created).error());
  co_return NoResponse{};
}

}  // namespace

Operation create_stream(Kinesis& kinesis) {
  return operation<Request, NoResponse>("CreateStream", "kinesis:CreateStream",
                                        std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
