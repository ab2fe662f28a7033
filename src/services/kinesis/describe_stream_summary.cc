// DescribeStreamSummary: a stream without its shards.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"
#include "services/kinesis/settings.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::optional<std::string> stream_name;
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  static constexpr auto shape =
      wire::structure(wire::member<&Request::stream_name>("StreamName", wire::length(1, 128),
                                                          wire::pattern(kNamePattern)),
                      wire::member<&Request::stream_arn>("StreamARN", wire::length(1, 2048),
                                                         wire::pattern(kArnPattern)),
                      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                                        wire::pattern(kStreamIdPattern)));
};

struct Description {
  std::string stream_name;
  std::string stream_arn;
  std::optional<std::string> stream_id;
  std::string stream_status;
  std::optional<StreamModeDetails> stream_mode_details;
  std::int32_t retention_period_hours = 0;
  WallTime stream_creation_timestamp;
  std::vector<EnhancedMetrics> enhanced_monitoring;
  std::optional<std::string> encryption_type;
  std::optional<std::string> key_id;
  std::int32_t open_shard_count = 0;
  std::optional<std::int32_t> consumer_count;
  std::optional<WarmThroughput> warm_throughput;
  std::optional<std::int32_t> max_record_size_in_kib;
  std::optional<std::int32_t> channel_count;
  std::optional<std::string> record_distribution_strategy;
  std::optional<std::int32_t> queue_count;
  static constexpr auto shape = wire::structure(
      wire::member<&Description::stream_name>("StreamName", wire::required, wire::length(1, 128),
                                              wire::pattern(kNamePattern)),
      wire::member<&Description::stream_arn>("StreamARN", wire::required, wire::length(1, 2048),
                                             wire::pattern(kArnPattern)),
      wire::member<&Description::stream_id>("StreamId", wire::length(1, 24),
                                            wire::pattern(kStreamIdPattern)),
      wire::member<&Description::stream_status>("StreamStatus", wire::required,
                                                wire::one_of(kStatuses)),
      wire::member<&Description::stream_mode_details>("StreamModeDetails"),
      wire::member<&Description::retention_period_hours>("RetentionPeriodHours", wire::required),
      wire::member<&Description::stream_creation_timestamp>("StreamCreationTimestamp",
                                                            wire::required),
      wire::member<&Description::enhanced_monitoring>("EnhancedMonitoring", wire::required),
      wire::member<&Description::encryption_type>("EncryptionType", wire::one_of(kEncryptionTypes)),
      wire::member<&Description::key_id>("KeyId", wire::length(1, 2048)),
      wire::member<&Description::open_shard_count>("OpenShardCount", wire::required,
                                                   wire::range(0, 1000000)),
      wire::member<&Description::consumer_count>("ConsumerCount", wire::range(0, 1000000)),
      wire::member<&Description::warm_throughput>("WarmThroughput"),
      wire::member<&Description::max_record_size_in_kib>("MaxRecordSizeInKiB",
                                                         wire::range(1024, 10240)),
      wire::member<&Description::channel_count>("ChannelCount", wire::range(0, 1000000)),
      wire::member<&Description::record_distribution_strategy>("RecordDistributionStrategy",
                                                               wire::one_of(kDistributions)),
      wire::member<&Description::queue_count>("QueueCount", wire::range(0, 1000000)));
};

struct Response {
  Description stream_description_summary;
  static constexpr auto shape = wire::structure(wire::member<&Response::stream_description_summary>(
      "StreamDescriptionSummary", wire::required));
};

// Only on-demand streams have one.
std::optional<std::string> distribution_of(const streams::StreamSettings& settings) {
  if (settings.mode != streams::StreamMode::kOnDemand) return std::nullopt;
  return settings.distribution == streams::Distribution::kAuto ? "AUTO" : "USER_PARTITION_KEY";
}

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  const auto found = find_stream(kinesis, caller, names_of(request));
  if (!found) co_return std::unexpected(found.error());
  const streams::Stream& stream = **found;
  const streams::StreamSettings settings = stream.settings();
  const bool creating = stream.status() == streams::StreamStatus::kCreating;
  // No StreamId: an SDK that learns one sends what follows to a host of AWS's named by it, whatever
  // endpoint it was given.
  co_return Response{
      {.stream_name = stream.key().name.text(),
       .stream_arn = stream.key().arn(),
       .stream_status = status_of(stream),
       .stream_mode_details = mode_of(settings),
       .retention_period_hours = settings.retention_hours,
       .stream_creation_timestamp = {stream.created_ms()},
       .enhanced_monitoring = {metrics_of(settings)},
       .encryption_type = encryption_of(settings),
       .key_id = key_of(settings),
       .open_shard_count = creating ? 0 : static_cast<std::int32_t>(stream.shards()->open().size()),
       .consumer_count = static_cast<std::int32_t>((*found)->consumers().list({}, SIZE_MAX).size()),
       .warm_throughput = warm_throughput_of(kinesis, stream),
       .max_record_size_in_kib = settings.record_kib_max,
       .record_distribution_strategy = distribution_of(settings)}};
}

}  // namespace

Operation describe_stream_summary(Kinesis& kinesis) {
  return operation<Request, Response>("DescribeStreamSummary", "kinesis:DescribeStreamSummary",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
