// CreateStream: a stream of either mode, with its settings and tags.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"
#include "services/kinesis/settings.h"
#include "streams/on_demand.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::string stream_name;
  std::optional<std::int32_t> shard_count;
  std::optional<StreamModeDetails> stream_mode_details;
  std::optional<std::map<std::string, std::string>> tags;
  std::optional<std::int32_t> warm_throughput_mibps;
  std::optional<std::int32_t> max_record_size_in_kib;
  std::optional<std::string> record_distribution_strategy;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::stream_name>("StreamName", wire::required, wire::length(1, 128),
                                          wire::pattern(kNamePattern)),
      wire::member<&Request::shard_count>("ShardCount", wire::range(1)),
      wire::member<&Request::stream_mode_details>("StreamModeDetails"),
      wire::member<&Request::tags>("Tags", wire::length(1, 200), wire::keys(wire::length(1, 128)),
                                   wire::each(wire::length(0, 256))),
      wire::member<&Request::warm_throughput_mibps>("WarmThroughputMiBps", wire::range(0)),
      wire::member<&Request::max_record_size_in_kib>("MaxRecordSizeInKiB",
                                                     wire::range(1024, 10240)),
      wire::member<&Request::record_distribution_strategy>("RecordDistributionStrategy",
                                                           wire::one_of(kDistributions)));
};

streams::StreamSettings settings_from(const Request& request) {
  streams::StreamSettings settings;
  if (request.stream_mode_details) settings.mode = mode_from(*request.stream_mode_details);
  if (request.record_distribution_strategy) {
    settings.distribution = distribution_from(*request.record_distribution_strategy);
  }
  settings.record_kib_max = request.max_record_size_in_kib.value_or(settings.record_kib_max);
  settings.warm_mibps = request.warm_throughput_mibps.value_or(0);
  return settings;
}

// Shards are counted in provisioned mode, throughput in on-demand mode.
Result<std::uint32_t> shards_for(const Request& request, const streams::StreamSettings& settings) {
  if (settings.mode == streams::StreamMode::kProvisioned) {
    if (!request.shard_count) return missing_member("shardCount");
    if (!request.warm_throughput_mibps) return static_cast<std::uint32_t>(*request.shard_count);
    return fail(ErrorCode::kInvalidArgument,
                "WarmThroughputMiBps cannot be specified for streams in PROVISIONED mode.");
  }
  if (!request.shard_count) return streams::on_demand_shards_at_start(settings.warm_mibps);
  return fail(ErrorCode::kInvalidArgument,
              "ShardCount cannot be specified for streams in ON_DEMAND mode.");
}

boost::asio::awaitable<Result<NoResponse>> handle(Kinesis& kinesis, Caller caller,
                                                  Request request) {
  streams::StreamSettings settings = settings_from(request);
  const auto shards = shards_for(request, settings);
  if (!shards) co_return std::unexpected(shards.error());
  streams::Tags tags = std::move(request.tags).value_or(streams::Tags{});
  CO_RETURN_IF_ERROR(check_tags(tags));
  auto name = streams::StreamName::parse(request.stream_name);
  if (!name) co_return fail(ErrorCode::kInvalidArgument, "Invalid StreamName");
  streams::StreamKey key{caller.account, caller.region, std::move(*name)};
  Status created = co_await kinesis.streams.create(std::move(key), *shards, std::move(tags),
                                                   std::move(settings));
  if (!created) co_return std::unexpected(std::move(created).error());
  co_return NoResponse{};
}

}  // namespace

Operation create_stream(Kinesis& kinesis) {
  return operation<Request, NoResponse>("CreateStream", "kinesis:CreateStream",
                                        std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
