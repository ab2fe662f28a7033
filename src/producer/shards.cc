#include "producer/shards.h"

#include <algorithm>
#include <utility>

#include "producer/json_members.h"

namespace headrace::producer {
namespace {

HashKeyRange range_of(const wire::Value& shard) {
  HashKeyRange range;
  if (const wire::Value* member = shard.find("HashKeyRange")) {
    range.starting = parse_hash_key(text_of(*member, "StartingHashKey")).value_or(range.starting);
    range.ending = parse_hash_key(text_of(*member, "EndingHashKey")).value_or(range.ending);
  }
  return range;
}

}  // namespace

Status Shards::add_listed(const wire::Value& answer, bool from_start) {
  const wire::Value* listed = answer.find("Shards");
  if (listed == nullptr || listed->list() == nullptr) {
    return fail(ErrorCode::kMalformedHttp, "the answer lists no shards");
  }
  for (const wire::Value& each : *listed->list()) {
    Shard shard;
    shard.range = range_of(each);
    shard.from_start = from_start;
    const wire::Value* numbers = each.find("SequenceNumberRange");
    shard.open = numbers == nullptr || text_of(*numbers, "EndingSequenceNumber").empty();
    for (const char* parent : {"ParentShardId", "AdjacentParentShardId"}) {
      if (std::string id = text_of(each, parent); !id.empty()) {
        shard.parents.push_back(std::move(id));
      }
    }
    const bool open = shard.open;
    const auto [known, added] = shards_.try_emplace(text_of(each, "ShardId"), std::move(shard));
    if (!added) known->second.open = open;
  }
  return {};
}

void Shards::add_children(const wire::Value& answer) {
  const wire::Value* children = answer.find("ChildShards");
  if (children == nullptr || children->list() == nullptr) return;
  for (const wire::Value& each : *children->list()) {
    Shard shard;
    shard.range = range_of(each);
    shard.from_start = true;
    const wire::Value* parents = each.find("ParentShards");
    if (parents != nullptr && parents->list() != nullptr) {
      for (const wire::Value& parent : *parents->list()) {
        if (parent.string() != nullptr) shard.parents.push_back(*parent.string());
      }
    }
    shards_.try_emplace(text_of(each, "ShardId"), std::move(shard));
  }
}

// A parent that is not listed is past its retention.
bool Shards::may_begin(const Shard& shard) const {
  return std::ranges::all_of(shard.parents, [this](const std::string& parent) {
    const auto found = shards_.find(parent);
    return found == shards_.end() || found->second.progress == Shard::Progress::kDone;
  });
}

std::vector<std::string> Shards::begin() {
  std::vector<std::string> ids;
  for (auto& [id, shard] : shards_) {
    if (shard.progress != Shard::Progress::kWaiting || !may_begin(shard)) continue;
    shard.progress = Shard::Progress::kReading;
    ids.push_back(id);
  }
  return ids;
}

}  // namespace headrace::producer
