// Shapes and texts of what users set of a stream or an account.
//
// Source: the service model of Kinesis Data Streams, API version 2013-12-02.
#pragma once

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
