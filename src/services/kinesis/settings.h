// Shapes and texts of what users set of a stream or an account.
//
// Source: the service model of Kinesis Data Streams, API version 2013-12-02.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "services/kinesis/kinesis.h"
#include "streams/accounts.h"

namespace headrace::services::kinesis {

inline constexpr std::string_view kDistributions = "AUTO|USER_PARTITION_KEY";

struct WarmThroughput {
  std::optional<std::int32_t> target_mibps;
  std::optional<std::int32_t> current_mibps;
  static constexpr auto shape =
      wire::structure(wire::member<&WarmThroughput::target_mibps>("TargetMiBps", wire::range(0)),
                      wire::member<&WarmThroughput::current_mibps>("CurrentMiBps", wire::range(0)));
};
// Nothing for provisioned streams, and for accounts without a commitment.
std::optional<WarmThroughput> warm_throughput_of(const Kinesis& kinesis,
                                                 const streams::Stream& stream);

// StartStreamEncryption and StopStreamEncryption.
struct EncryptionRequest {
  std::optional<std::string> stream_name;
  std::string encryption_type;
  std::string key_id;
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  static constexpr auto shape = wire::structure(
      wire::member<&EncryptionRequest::stream_name>("StreamName", wire::length(1, 128),
                                                    wire::pattern(kNamePattern)),
      wire::member<&EncryptionRequest::encryption_type>("EncryptionType", wire::required,
                                                        wire::one_of(kEncryptionTypes)),
      wire::member<&EncryptionRequest::key_id>("KeyId", wire::required, wire::length(1, 2048)),
      wire::member<&EncryptionRequest::stream_arn>("StreamARN", wire::length(1, 2048),
                                                   wire::pattern(kArnPattern)),
      wire::member<&EncryptionRequest::stream_id>("StreamId", wire::length(1, 24),
                                                  wire::pattern(kStreamIdPattern)));
};

// EnableEnhancedMonitoring and DisableEnhancedMonitoring; ALL stands for every metric.
struct MonitoringRequest {
  std::optional<std::string> stream_name;
  std::vector<std::string> shard_level_metrics;
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  static constexpr auto shape =
      wire::structure(wire::member<&MonitoringRequest::stream_name>(
                          "StreamName", wire::length(1, 128), wire::pattern(kNamePattern)),
                      wire::member<&MonitoringRequest::shard_level_metrics>(
                          "ShardLevelMetrics", wire::required, wire::length(1, 7),
                          wire::each(wire::one_of(kShardMetrics))),
                      wire::member<&MonitoringRequest::stream_arn>(
                          "StreamARN", wire::length(1, 2048), wire::pattern(kArnPattern)),
                      wire::member<&MonitoringRequest::stream_id>("StreamId", wire::length(1, 24),
                                                                  wire::pattern(kStreamIdPattern)));
};

// Answer of EnableEnhancedMonitoring and DisableEnhancedMonitoring.
struct EnhancedMonitoring {
  std::optional<std::string> stream_name;
  std::vector<std::string> current_shard_level_metrics;
  std::vector<std::string> desired_shard_level_metrics;
  std::optional<std::string> stream_arn;
  static constexpr auto shape = wire::structure(
      wire::member<&EnhancedMonitoring::stream_name>("StreamName", wire::length(1, 128),
                                                     wire::pattern(kNamePattern)),
      wire::member<&EnhancedMonitoring::current_shard_level_metrics>(
          "CurrentShardLevelMetrics", wire::length(1, 7), wire::each(wire::one_of(kShardMetrics))),
      wire::member<&EnhancedMonitoring::desired_shard_level_metrics>(
          "DesiredShardLevelMetrics", wire::length(1, 7), wire::each(wire::one_of(kShardMetrics))),
      wire::member<&EnhancedMonitoring::stream_arn>("StreamARN", wire::length(1, 2048),
                                                    wire::pattern(kArnPattern)));
};

boost::asio::awaitable<Result<EnhancedMonitoring>> change_monitoring(Kinesis& kinesis,
                                                                     Caller caller,
                                                                     MonitoringRequest request,
                                                                     bool enabled);

struct MinimumThroughputBillingCommitment {
  std::string status;
  std::optional<WallTime> started_at;
  std::optional<WallTime> ended_at;
  std::optional<WallTime> earliest_allowed_end_at;
  static constexpr auto shape =
      wire::structure(wire::member<&MinimumThroughputBillingCommitment::status>(
                          "Status", wire::required,
                          wire::one_of("ENABLED|DISABLED|ENABLED_UNTIL_EARLIEST_ALLOWED_END")),
                      wire::member<&MinimumThroughputBillingCommitment::started_at>("StartedAt"),
                      wire::member<&MinimumThroughputBillingCommitment::ended_at>("EndedAt"),
                      wire::member<&MinimumThroughputBillingCommitment::earliest_allowed_end_at>(
                          "EarliestAllowedEndAt"));
};
MinimumThroughputBillingCommitment describe_commitment(const streams::Commitment& commitment,
                                                       WallTime now);

// From texts that the constraints of the shapes let through.
streams::StreamMode mode_from(const StreamModeDetails& details);
streams::Distribution distribution_from(std::string_view text);
std::uint32_t metrics_from(const std::vector<std::string>& names);

}  // namespace headrace::services::kinesis
