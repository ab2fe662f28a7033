// DescribeLimits: the shards of the account's provisioned streams, its on-demand streams, and how
// many of both it may have.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"
#include "streams/on_demand.h"

namespace headrace::services::kinesis {
namespace {

constexpr std::int32_t kUnlimited = 1'000'000;  // the most that the shape can say

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
      wire::member<&Response::shard_limit>("ShardLimit", wire::required,
                                           wire::range(0, kUnlimited)),
      wire::member<&Response::open_shard_count>("OpenShardCount", wire::required,
                                                wire::range(0, kUnlimited)),
      wire::member<&Response::on_demand_stream_count>("OnDemandStreamCount", wire::required,
                                                      wire::range(0, kUnlimited)),
      wire::member<&Response::on_demand_stream_count_limit>(
          "OnDemandStreamCountLimit", wire::required, wire::range(0, kUnlimited)),
      wire::member<&Response::channel_count>("ChannelCount", wire::range(0, kUnlimited)),
      wire::member<&Response::channel_count_limit>("ChannelCountLimit",
                                                   wire::range(0, kUnlimited)));
};

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller,
                                                Request /*request*/) {
  // Without limits clients that look here before they create must not stop themselves.
  const bool limited = kinesis.streams.limits() == streams::Limits::kAws;
  const auto shards = static_cast<std::int32_t>(streams::Streams::shard_limit(caller.region));
  co_return Response{.shard_limit = limited ? shards : kUnlimited,
                     .open_shard_count = static_cast<std::int32_t>(
                         kinesis.streams.open_shards(caller.account, caller.region)),
                     .on_demand_stream_count = static_cast<std::int32_t>(
                         kinesis.streams.on_demand_streams(caller.account, caller.region)),
                     .on_demand_stream_count_limit =
                         limited ? std::int32_t{streams::kOnDemandStreamsMax} : kUnlimited};
}

}  // namespace

Operation describe_limits(Kinesis& kinesis) {
  return operation<Request, Response>("DescribeLimits", "kinesis:DescribeLimits",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
