// What the Kinesis Data Streams operations work on, and the shapes that several of them share.
//
// Source: the service model of Kinesis Data Streams, API version 2013-12-02.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "services/operation.h"
#include "streams/streams.h"
#include "wire/shape.h"

namespace headrace::services::kinesis {

struct Kinesis {
  streams::Streams& streams;
  Clock& clock;
};

// Every operation there is.
std::vector<Operation> operations(Kinesis& kinesis);

WireError wire_error(const Error& error);

// How a request names a stream: by one of these, or several that must agree.
struct StreamNames {
  std::optional<std::string_view> name;
  std::optional<std::string_view> arn;
  std::optional<std::string_view> id;  // Stream::public_id()
};
template <typename Request>
StreamNames names_of(const Request& request) {
  return {request.stream_name, request.stream_arn, request.stream_id};
}

// The stream of these names, whatever its state. kInvalidArgument: there is no name, or two that
// disagree; kNotFound.
Result<std::shared_ptr<streams::Stream>> find_stream(const Kinesis& kinesis, const Caller& caller,
                                                     const StreamNames& names);
// kInvalidArgument unless `id`, where a request has it, is that of `stream`.
Status check_id(const streams::Stream& stream, const std::optional<std::string_view>& id);
// ACTIVE or UPDATING.
bool takes_records(const streams::Stream& stream);
// find_stream() for records: kNotFound also for one that is being created or deleted.
Result<std::shared_ptr<streams::Stream>> find_active(const Kinesis& kinesis, const Caller& caller,
                                                     const StreamNames& names);
// kDryRun for a request that would succeed and only asked whether it would.
Status check_dry_run(const std::optional<bool>& dry_run);

// kInvalidArgument for keys and values that the service does not take.
Status check_tags(const std::map<std::string, std::string>& tags);

// kValidation in the words of the constraint checks, for what a handler finds itself.
std::unexpected<Error> missing_member(std::string_view path);

inline constexpr std::string_view kNamePattern = "[a-zA-Z0-9_.-]+";
inline constexpr std::string_view kArnPattern = "arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+";
inline constexpr std::string_view kStreamIdPattern = "[a-z0-9]{20}-[a-z0-9]{3}";
inline constexpr std::string_view kHashKeyPattern = "^(0|([1-9]\\d{0,38}))$";
inline constexpr std::string_view kSequencePattern = "^(0|([1-9]\\d{0,128}))$";
inline constexpr std::string_view kStatuses = "CREATING|DELETING|ACTIVE|UPDATING";
inline constexpr std::string_view kEncryptionTypes = "NONE|KMS";
inline constexpr std::int64_t kDataBytesMax = 10'485'760;

struct StreamModeDetails {
  std::string stream_mode;
  static constexpr auto shape = wire::structure(wire::member<&StreamModeDetails::stream_mode>(
      "StreamMode", wire::required, wire::one_of("PROVISIONED|ON_DEMAND")));
};

struct HashKeyRange {
  std::string starting_hash_key;
  std::string ending_hash_key;
  static constexpr auto shape =
      wire::structure(wire::member<&HashKeyRange::starting_hash_key>(
                          "StartingHashKey", wire::required, wire::pattern(kHashKeyPattern)),
                      wire::member<&HashKeyRange::ending_hash_key>("EndingHashKey", wire::required,
                                                                   wire::pattern(kHashKeyPattern)));
};

struct SequenceNumberRange {
  std::string starting_sequence_number;
  std::optional<std::string> ending_sequence_number;
  static constexpr auto shape = wire::structure(
      wire::member<&SequenceNumberRange::starting_sequence_number>(
          "StartingSequenceNumber", wire::required, wire::pattern(kSequencePattern)),
      wire::member<&SequenceNumberRange::ending_sequence_number>("EndingSequenceNumber",
                                                                 wire::pattern(kSequencePattern)));
};

struct Shard {
  std::string shard_id;
  std::optional<std::string> parent_shard_id;
  std::optional<std::string> adjacent_parent_shard_id;
  HashKeyRange hash_key_range;
  SequenceNumberRange sequence_number_range;
  static constexpr auto shape = wire::structure(
      wire::member<&Shard::shard_id>("ShardId", wire::required, wire::length(1, 128),
                                     wire::pattern(kNamePattern)),
      wire::member<&Shard::parent_shard_id>("ParentShardId", wire::length(1, 128),
                                            wire::pattern(kNamePattern)),
      wire::member<&Shard::adjacent_parent_shard_id>("AdjacentParentShardId", wire::length(1, 128),
                                                     wire::pattern(kNamePattern)),
      wire::member<&Shard::hash_key_range>("HashKeyRange", wire::required),
      wire::member<&Shard::sequence_number_range>("SequenceNumberRange", wire::required));
};

struct ChildShard {
  std::string shard_id;
  std::vector<std::string> parent_shards;
  HashKeyRange hash_key_range;
  static constexpr auto shape = wire::structure(
      wire::member<&ChildShard::shard_id>("ShardId", wire::required, wire::length(1, 128),
                                          wire::pattern(kNamePattern)),
      wire::member<&ChildShard::parent_shards>("ParentShards", wire::required,
                                               wire::each(wire::length(1, 128)),
                                               wire::each(wire::pattern(kNamePattern))),
      wire::member<&ChildShard::hash_key_range>("HashKeyRange", wire::required));
};
// What a reader goes on with at the end of `parent`.
std::vector<ChildShard> child_shards(const streams::ShardMap& shards, streams::ShardId parent);

inline constexpr std::string_view kShardMetrics =
    "IncomingBytes|IncomingRecords|OutgoingBytes|OutgoingRecords|"
    "WriteProvisionedThroughputExceeded|"
    "ReadProvisionedThroughputExceeded|IteratorAgeMilliseconds|ALL";
struct EnhancedMetrics {
  std::vector<std::string> shard_level_metrics;
  static constexpr auto shape = wire::structure(wire::member<&EnhancedMetrics::shard_level_metrics>(
      "ShardLevelMetrics", wire::length(1, 7), wire::each(wire::one_of(kShardMetrics))));
};

struct Tag {
  std::string key;
  std::optional<std::string> value;
  static constexpr auto shape =
      wire::structure(wire::member<&Tag::key>("Key", wire::required, wire::length(1, 128)),
                      wire::member<&Tag::value>("Value", wire::length(0, 256)));
};

struct NoResponse {
  static constexpr wire::Shape<0> shape{};
};

std::string status_of(const streams::Stream& stream);
StreamModeDetails mode_of(const streams::StreamSettings& settings);
// By the bits of streams::ShardMetric.
std::vector<std::string> metric_names(std::uint32_t metrics);
EnhancedMetrics metrics_of(const streams::StreamSettings& settings);
std::string encryption_of(const streams::StreamSettings& settings);
// kInvalidArgument unless it is KMS, which is the only one that can be started or stopped.
Status check_encryption_type(const std::string& type);
std::optional<std::string> key_of(const streams::StreamSettings& settings);
Shard describe_shard(const streams::Stream& stream, const streams::Shard& shard);

}  // namespace headrace::services::kinesis
