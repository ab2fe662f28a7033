// DescribeLimits: the shards of the account's provisioned streams, its on-demand streams, and how
// many of both it may have.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"
#include "streams/on_demand.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  static constexpr wire::Shape<0> shape{};
};

struct Response {
  std::int32_t shard_limit = 0;
  std::int32_t open_shard_count = 0;
  std::int32_t on_demand_stream_count = 0;
  std::int32_t on_demand_stream_count_limit = 0;
  std::optional<std::int32_t> channel_count;
  std::optional<std::int32_t> channel_count_limit;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::shard_limit>("ShardLimit", wire::required, wire::range(0, 1000000)),
      wire::member<&Response::open_shard_count>("OpenShardCount", wire::required,
                                                wire::range(0, 1000000)),
      wire::member<&Response::on_demand_stream_count>("OnDemandStreamCount", wire::required,
                                                      wire::range(0, 1000000)),
      wire::member<&Response::on_demand_stream_count_limit>(
          "OnDemandStreamCountLimit", wire::required, wire::range(0, 1000000)),
      wire::member<&Response::channel_count>("ChannelCount", wire::range(0, 1000000)),
      wire::member<&Response::channel_count_limit>("ChannelCountLimit", wire::range(0, 1000000)));
};

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller,
                                                Request /*request*/) {
  co_return Response{
      .shard_limit = static_cast<std::int32_t>(streams::Streams::shard_limit(caller.region)),
      .open_shard_count =
          static_cast<std::int32_t>(kinesis.streams.open_shards(caller.account, caller.region)),
      .on_demand_stream_count = static_cast<std::int32_t>(
          kinesis.streams.on_demand_streams(caller.account, caller.region)),
      .on_demand_stream_count_limit = std::int32_t{streams::kOnDemandStreamsMax}};
}

}  // namespace

Operation describe_limits(Kinesis& kinesis) {
  return operation<Request, Response>("DescribeLimits", "kinesis:DescribeLimits",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
