#include "streams/shard_map.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace headrace::streams {
namespace {

// A reshard as it grows: shards that came from the map and shards that were made on the way.
class Plan {
 public:
  Plan(const ShardMap& map, std::int64_t now_ms)
      : before_(map.all().size()), now_ms_(now_ms), shards_(map.all()) {}

  // Gives the indices of the two halves.
  std::pair<std::uint32_t, std::uint32_t> split(std::uint32_t index, HashKey key) {
    close(index);
    const HashKeyRange whole = shards_[index].range;
    const ShardId parent = shards_[index].id;
    const HashKey below{key.value - 1};
    const std::uint32_t lower = make({whole.starting, below}, parent, std::nullopt);
    const std::uint32_t upper = make({key, whole.ending}, parent, std::nullopt);
    return {lower, upper};
  }

  std::uint32_t merge(std::uint32_t first, std::uint32_t second) {
    close(first);
    close(second);
    const HashKeyRange& a = shards_[first].range;
    const HashKeyRange& b = shards_[second].range;
    return make({std::min(a.starting, b.starting), std::max(a.ending, b.ending)}, shards_[first].id,
                shards_[second].id);
  }

  const HashKeyRange& range(std::uint32_t index) const { return shards_[index].range; }

  Reshard take() && {
    Reshard done;
    done.closed = std::move(closed_);
    done.made.assign(shards_.begin() + static_cast<std::ptrdiff_t>(before_), shards_.end());
    return done;
  }

 private:
  void close(std::uint32_t index) {
    CHECK(shards_[index].open());
    shards_[index].closed_ms = std::max(now_ms_, shards_[index].created_ms);
    if (index < before_) closed_.push_back(shards_[index].id);
  }

  std::uint32_t make(HashKeyRange range, ShardId parent, std::optional<ShardId> adjacent) {
    std::int64_t created_ms = std::max(now_ms_, shards_[parent.index].created_ms + 1);
    if (adjacent) created_ms = std::max(created_ms, shards_[adjacent->index].created_ms + 1);
    const auto index = static_cast<std::uint32_t>(shards_.size());
    shards_.push_back({.id = ShardId{index},
                       .range = range,
                       .created_ms = created_ms,
                       .parent = parent,
                       .adjacent_parent = adjacent});
    return index;
  }

  std::size_t before_;
  std::int64_t now_ms_;
  std::vector<Shard> shards_;
  std::vector<ShardId> closed_;
};

}  // namespace

ShardMap::ShardMap(std::vector<Shard> shards) : shards_(std::move(shards)) {
  for (std::uint32_t i = 0; i < shards_.size(); ++i) {
    CHECK(shards_[i].id.index == i);
    if (shards_[i].open()) open_.push_back(i);
  }
  CHECK(!open_.empty());
  std::ranges::sort(open_, {}, [this](std::uint32_t i) { return shards_[i].range.starting; });
}

const Shard* ShardMap::find(ShardId id) const {
  return id.index < shards_.size() ? &shards_[id.index] : nullptr;
}

const Shard& ShardMap::owner(HashKey key) const {
  const auto after = std::ranges::upper_bound(
      open_, key, {}, [this](std::uint32_t i) { return shards_[i].range.starting; });
  CHECK(after != open_.begin());
  return shards_[*std::prev(after)];
}

std::vector<const Shard*> ShardMap::children(ShardId parent) const {
  std::vector<const Shard*> found;
  for (std::size_t i = std::size_t{parent.index} + 1; i < shards_.size(); ++i) {
    const Shard& shard = shards_[i];
    if (shard.parent == parent || shard.adjacent_parent == parent) found.push_back(&shard);
  }
  return found;
}

std::shared_ptr<const ShardMap> ShardMap::after(const Reshard& change, std::int64_t now_ms) const {
  std::vector<Shard> shards = shards_;
  for (const ShardId id : change.closed) {
    Shard& shard = shards[id.index];
    shard.closed_ms = std::max(now_ms, shard.created_ms);
  }
  shards.insert(shards.end(), change.made.begin(), change.made.end());
  return std::make_shared<const ShardMap>(std::move(shards));
}

Result<Reshard> split_shard(const ShardMap& map, const Shard& shard, HashKey key,
                            std::int64_t now_ms) {
  if (key.value <= shard.range.starting.value + 1 || key >= shard.range.ending) {
    return fail(ErrorCode::kInvalidArgument, "");
  }
  Plan plan(map, now_ms);
  plan.split(shard.id.index, key);
  return std::move(plan).take();
}

Result<Reshard> merge_shards(const ShardMap& map, const Shard& first, const Shard& second,
                             std::int64_t now_ms) {
  const bool in_order = first.range.starting < second.range.starting;
  const HashKeyRange& lower = in_order ? first.range : second.range;
  const HashKeyRange& upper = in_order ? second.range : first.range;
  if (lower.ending >= upper.starting || lower.ending.value + 1 != upper.starting.value) {
    return fail(ErrorCode::kInvalidArgument, "");
  }
  Plan plan(map, now_ms);
  plan.merge(first.id.index, second.id.index);
  return std::move(plan).take();
}

Reshard split_evenly(const ShardMap& map, const std::vector<ShardId>& shards, std::int64_t now_ms) {
  Plan plan(map, now_ms);
  for (const ShardId id : shards) {
    const Shard* shard = map.find(id);
    if (shard == nullptr || !shard->open()) continue;
    const auto& [starting, ending] = shard->range;
    const unsigned __int128 half = (ending.value - starting.value) / 2;
    if (half > 1) plan.split(id.index, HashKey{starting.value + half + 1});
  }
  return std::move(plan).take();
}

// Every shard is cut where the wanted ranges begin within it; then the pieces of each wanted range
// are joined from the left. A shard that is wanted as it is stays untouched.
Reshard reshard_uniformly(const ShardMap& map, std::size_t target, std::int64_t now_ms) {
  const std::vector<HashKeyRange> wanted = equal_ranges(target);
  Plan plan(map, now_ms);
  std::vector<std::uint32_t> pieces;
  std::size_t next = 0;
  for (std::uint32_t index : map.open()) {
    while (next < wanted.size() && wanted[next].starting <= plan.range(index).starting) ++next;
    while (next < wanted.size() && wanted[next].starting <= plan.range(index).ending) {
      const auto [lower, upper] = plan.split(index, wanted[next].starting);
      pieces.push_back(lower);
      index = upper;
      ++next;
    }
    pieces.push_back(index);
  }
  std::size_t at = 0;
  for (const HashKeyRange& range : wanted) {
    std::uint32_t joined = pieces[at++];
    while (plan.range(joined).ending < range.ending) joined = plan.merge(joined, pieces[at++]);
  }
  return std::move(plan).take();
}

}  // namespace headrace::streams
