// DescribeStream: a stream and its shards, a hundred at a time unless told otherwise.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {
namespace {

constexpr std::int32_t kLimitDefault = 100;

struct Request {
  std::optional<std::string> stream_name;
  std::optional<std::int32_t> limit;
  std::optional<std::string> exclusive_start_shard_id;
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::stream_name>("StreamName", wire::length(1, 128),
                                          wire::pattern(kNamePattern)),
      wire::member<&Request::limit>("Limit", wire::range(1, 10000)),
      wire::member<&Request::exclusive_start_shard_id>(
          "ExclusiveStartShardId", wire::length(1, 128), wire::pattern(kNamePattern)),
      wire::member<&Request::stream_arn>("StreamARN", wire::length(1, 2048),
                                         wire::pattern(kArnPattern)),
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)));
};

struct Description {
  std::string stream_name;
  std::string stream_arn;
  std::string stream_status;
  std::optional<StreamModeDetails> stream_mode_details;
  std::vector<Shard> shards;
  bool has_more_shards = false;
  std::int32_t retention_period_hours = 0;
  WallTime stream_creation_timestamp;
  std::vector<EnhancedMetrics> enhanced_monitoring;
  std::optional<std::string> encryption_type;
  std::optional<std::string> key_id;
  static constexpr auto shape = wire::structure(
      wire::member<&Description::stream_name>("StreamName", wire::required, wire::length(1, 128),
                                              wire::pattern(kNamePattern)),
      wire::member<&Description::stream_arn>("StreamARN", wire::required, wire::length(1, 2048),
                                             wire::pattern(kArnPattern)),
      wire::member<&Description::stream_status>("StreamStatus", wire::required,
                                                wire::one_of(kStatuses)),
      wire::member<&Description::stream_mode_details>("StreamModeDetails"),
      wire::member<&Description::shards>("Shards", wire::required),
      wire::member<&Description::has_more_shards>("HasMoreShards", wire::required),
      wire::member<&Description::retention_period_hours>("RetentionPeriodHours", wire::required),
      wire::member<&Description::stream_creation_timestamp>("StreamCreationTimestamp",
                                                            wire::required),
      wire::member<&Description::enhanced_monitoring>("EnhancedMonitoring", wire::required),
      wire::member<&Description::encryption_type>("EncryptionType", wire::one_of(kEncryptionTypes)),
      wire::member<&Description::key_id>("KeyId", wire::length(1, 2048)));
};

struct Response {
  Description stream_description;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::stream_description>("StreamDescription", wire::required));
};

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  std::size_t from = 0;
  if (request.exclusive_start_shard_id) {
    const auto after = streams::ShardId::parse(*request.exclusive_start_shard_id);
    if (!after) co_return fail(ErrorCode::kInvalidArgument, "Invalid ExclusiveStartShardId.");
    from = std::size_t{after->index} + 1;
  }
  const auto found = find_stream(kinesis, caller, names_of(request));
  if (!found) co_return std::unexpected(found.error());
  const streams::Stream& stream = **found;
  const auto limit = static_cast<std::size_t>(request.limit.value_or(kLimitDefault));
  const streams::StreamSettings settings = stream.settings();
  Description d{.stream_name = stream.key().name.text(),
                .stream_arn = stream.key().arn(),
                .stream_status = status_of(stream),
                .stream_mode_details = mode_of(settings),
                .retention_period_hours = settings.retention_hours,
                .stream_creation_timestamp = {stream.created_ms()},
                .enhanced_monitoring = {metrics_of(settings)},
                .encryption_type = encryption_of(settings),
                .key_id = key_of(settings)};
  const bool creating = stream.status() == streams::StreamStatus::kCreating;
  const auto shards = stream.shards();
  const std::int64_t horizon = stream.not_before_ms();
  for (; from < shards->all().size() && !creating; ++from) {
    const streams::Shard& shard = shards->all()[from];
    if (!shard.open() && shard.closed_ms <= horizon) continue;
    d.has_more_shards = d.shards.size() == limit;
    if (d.has_more_shards) break;
    d.shards.push_back(describe_shard(stream, shard));
  }
  co_return Response{std::move(d)};
}

}  // namespace

Operation describe_stream(Kinesis& kinesis) {
  return operation<Request, Response>("DescribeStream", "kinesis:DescribeStream",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
