#include "services/kinesis/kinesis.h"

#include <algorithm>

#include "wire/bind.h"

namespace headrace::services::kinesis {
namespace {

constexpr std::string_view kTagPattern = "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@%]*";

}  // namespace

Result<std::shared_ptr<streams::Stream>> find_stream(const Kinesis& kinesis, const Caller& caller,
                                                     const std::optional<std::string>& name,
                                                     const std::optional<std::string>& arn) {
  if (!name && !arn) {
    return fail(ErrorCode::kInvalidArgument, "Either StreamName or StreamARN must be specified.");
  }
  if (arn) {
    const auto key = streams::StreamKey::parse_arn(*arn);
    if (!key) return fail(ErrorCode::kInvalidArgument, "Invalid StreamARN: " + *arn);
    if (name && key->name.text() != *name) {
      return fail(ErrorCode::kInvalidArgument,
                  "StreamName " + *name + " does not match StreamARN " + *arn + ".");
    }
    // Another account's streams stay out of sight until resource policies can share them.
    if (key->account == caller.account && key->region == caller.region) {
      return kinesis.streams.find(*key);
    }
    return fail(ErrorCode::kNotFound,
                "Stream " + key->name.text() + " under account " + key->account + " not found.");
  }
  auto parsed = streams::StreamName::parse(*name);
  if (!parsed) return fail(ErrorCode::kInvalidArgument, "Invalid StreamName: " + *name);
  return kinesis.streams.find({caller.account, caller.region, std::move(*parsed)});
}

Result<std::shared_ptr<streams::Stream>> find_active(const Kinesis& kinesis, const Caller& caller,
                                                     const std::optional<std::string>& name,
                                                     const std::optional<std::string>& arn) {
  auto stream = find_stream(kinesis, caller, name, arn);
  if (stream && (*stream)->status() != streams::StreamStatus::kActive) {
    const streams::StreamKey& key = (*stream)->key();
    return fail(ErrorCode::kNotFound,
                "Stream " + key.name.text() + " under account " + key.account + " not found.");
  }
  return stream;
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
  switch (stream.status()) {
    case streams::StreamStatus::kCreating: return "CREATING";
    case streams::StreamStatus::kActive: return "ACTIVE";
    case streams::StreamStatus::kDeleting:
    case streams::StreamStatus::kGone: return "DELETING";
  }
  return "DELETING";
}

std::vector<Shard> describe_shards(const streams::Stream& stream, std::size_t from,
                                   std::size_t count) {
  std::vector<Shard> shards;
  for (std::size_t i = from; i < stream.shards().size() && shards.size() < count; ++i) {
    const streams::Shard& shard = stream.shards()[i];
    const streams::SequenceNumber start{shard.created_ms, stream.id(), shard.id, 0};
    shards.push_back({.shard_id = shard.id.text(),
                      .hash_key_range = {shard.range.starting.text(), shard.range.ending.text()},
                      .sequence_number_range = {.starting_sequence_number = start.text()}});
  }
  return shards;
}

}  // namespace headrace::services::kinesis
