#include "services/kinesis/kinesis.h"

#include <algorithm>
#include <array>

#include "wire/bind.h"

namespace headrace::services::kinesis {
namespace {

// By the bits of streams::ShardMetric.
constexpr std::array<std::string_view, streams::kShardMetrics> kShardMetricNames = {
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds"};

constexpr std::string_view kTagPattern = "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@%]*";

using Found = Result<std::shared_ptr<streams::Stream>>;

Found find_by_name(const Kinesis& kinesis, const Caller& caller, std::string_view name) {
  auto parsed = streams::StreamName::parse(name);
  if (!parsed) return fail(ErrorCode::kInvalidArgument, "Invalid StreamName: " + std::string(name));
  return kinesis.streams.find({caller.account, caller.region, std::move(*parsed)});
}

Found find_by_arn(const Kinesis& kinesis, const Caller& caller, std::string_view arn,
                  const std::optional<std::string_view>& name) {
  const auto key = streams::StreamKey::parse_arn(arn);
  if (!key) return fail(ErrorCode::kInvalidArgument, "Invalid StreamARN: " + std::string(arn));
  if (name && key->name.text() != *name) {
    return fail(
        ErrorCode::kInvalidArgument,
        "StreamName " + std::string(*name) + " does not match StreamARN " + std::string(arn) + ".");
  }
  // Another account's streams stay out of sight until resource policies can share them.
  if (key->account == caller.account && key->region == caller.region) {
    return kinesis.streams.find(*key);
  }
  return fail(ErrorCode::kNotFound,
              "Stream " + key->name.text() + " under account " + key->account + " not found.");
}

Found find_by_id(const Kinesis& kinesis, const Caller& caller, std::string_view id) {
  for (auto& stream : kinesis.streams.list(caller.account, caller.region, {}, SIZE_MAX)) {
    if (stream->public_id() == id) return std::move(stream);
  }
  return fail(ErrorCode::kNotFound, "Stream with StreamId " + std::string(id) + " under account " +
                                        caller.account + " not found.");
}

}  // namespace

Status check_id(const streams::Stream& stream, const std::optional<std::string_view>& id) {
  if (!id || *id == stream.public_id()) return {};
  return fail(ErrorCode::kInvalidArgument, "StreamId " + std::string(*id) + " is not that of " +
                                               stream.described() + ", which is " +
                                               stream.public_id() + ".");
}

Result<std::shared_ptr<streams::Stream>> find_stream(const Kinesis& kinesis, const Caller& caller,
                                                     const StreamNames& names) {
  if (!names.name && !names.arn) {
    if (names.id) return find_by_id(kinesis, caller, *names.id);
    return fail(ErrorCode::kInvalidArgument, "Either StreamName or StreamARN must be specified.");
  }
  ASSIGN_OR_RETURN(auto stream, names.arn ? find_by_arn(kinesis, caller, *names.arn, names.name)
                                          : find_by_name(kinesis, caller, *names.name));
  RETURN_IF_ERROR(check_id(*stream, names.id));
  return stream;
}

bool takes_records(const streams::Stream& stream) {
  const streams::StreamStatus status = stream.status();
  return status == streams::StreamStatus::kActive || status == streams::StreamStatus::kUpdating;
}

Result<std::shared_ptr<streams::Stream>> find_active(const Kinesis& kinesis, const Caller& caller,
                                                     const StreamNames& names) {
  auto stream = find_stream(kinesis, caller, names);
  if (stream && !takes_records(**stream)) {
    const streams::StreamKey& key = (*stream)->key();
    return fail(ErrorCode::kNotFound,
                "Stream " + key.name.text() + " under account " + key.account + " not found.");
  }
  return stream;
}

Status check_dry_run(const std::optional<bool>& dry_run) {
  if (!dry_run.value_or(false)) return {};
  return fail(ErrorCode::kDryRun,
              "The request was rejected because the DryRun parameter was specified.");
}

Status check_tags(const std::map<std::string, std::string>& tags) {
  for (const auto& [key, value] : tags) {
    if (!wire::matches(key, kTagPattern) || !wire::matches(value, kTagPattern)) {
      return fail(
          ErrorCode::kInvalidArgument,
          "Some tags contain invalid characters. Valid characters: Unicode letters, digits, "
          "white space, _ . : / = + - % @.");
    }
    if (key.starts_with("aws:")) {
      return fail(ErrorCode::kInvalidArgument, "Tag keys that begin with aws: are reserved.");
    }
  }
  return {};
}

std::unexpected<Error> missing_member(std::string_view path) {
  return fail(ErrorCode::kValidation,
              "1 validation error detected: Value null at '" + std::string(path) +
                  "' failed to satisfy constraint: Member must not be null");
}

std::string status_of(const streams::Stream& stream) {
  return std::string(streams::status_name(stream.status()));
}

StreamModeDetails mode_of(const streams::StreamSettings& settings) {
  return {settings.mode == streams::StreamMode::kOnDemand ? "ON_DEMAND" : "PROVISIONED"};
}

std::vector<std::string> metric_names(std::uint32_t metrics) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kShardMetricNames.size(); ++i) {
    if ((metrics >> i & 1U) != 0) names.emplace_back(kShardMetricNames[i]);
  }
  return names;
}

EnhancedMetrics metrics_of(const streams::StreamSettings& settings) {
  return {metric_names(settings.shard_metrics)};
}

std::string encryption_of(const streams::StreamSettings& settings) {
  return settings.key_id.empty() ? "NONE" : "KMS";
}

Status check_encryption_type(const std::string& type) {
  if (type == "KMS") return {};
  return fail(ErrorCode::kInvalidArgument,
              "EncryptionType " + type + " is not valid. The only valid value is KMS.");
}

std::optional<std::string> key_of(const streams::StreamSettings& settings) {
  if (settings.key_id.empty()) return std::nullopt;
  return settings.key_id;
}

std::vector<ChildShard> child_shards(const streams::ShardMap& shards, streams::ShardId parent) {
  std::vector<ChildShard> children;
  for (const streams::Shard* shard : shards.children(parent)) {
    ChildShard& child = children.emplace_back();
    child.shard_id = shard->id.text();
    for (const auto& of : {shard->parent, shard->adjacent_parent}) {
      if (of) child.parent_shards.push_back(of->text());
    }
    child.hash_key_range = {shard->range.starting.text(), shard->range.ending.text()};
  }
  return children;
}

Shard describe_shard(const streams::Stream& stream, const streams::Shard& shard) {
  const auto id_of = [](const std::optional<streams::ShardId>& id) {
    return id ? std::optional(id->text()) : std::nullopt;
  };
  streams::SequenceNumber number{shard.created_ms, stream.id(), shard.id, 0};
  Shard described{.shard_id = shard.id.text(),
                  .parent_shard_id = id_of(shard.parent),
                  .adjacent_parent_shard_id = id_of(shard.adjacent_parent),
                  .hash_key_range = {shard.range.starting.text(), shard.range.ending.text()},
                  .sequence_number_range = {.starting_sequence_number = number.text()}};
  if (!shard.open()) {
    number.position = streams::SequenceNumber::kEnd;
    described.sequence_number_range.ending_sequence_number = number.text();
  }
  return described;
}

}  // namespace headrace::services::kinesis
