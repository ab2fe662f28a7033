// The shards of a stream: which are open, who owns a hash key, who descends from whom.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/error.h"
#include "streams/hash_key.h"
#include "streams/names.h"

namespace headrace::streams {

struct Shard {
  ShardId id;
  HashKeyRange range;
  std::int64_t created_ms = 0;
  std::optional<ShardId> parent;           // what it was split from, or the first of two merged
  std::optional<ShardId> adjacent_parent;  // the other of two merged
  std::int64_t closed_ms = 0;              // 0: open
  bool open() const { return closed_ms == 0; }
};

// What a split, a merge or a series of both does to the shards of a stream: some close, some are
// made. A shard that is made and closed by the same change has closed_ms set.
struct Reshard {
  std::vector<ShardId> closed;  // of those there were
  std::vector<Shard> made;      // ids follow on the last there was
};

// Never changes: a change makes another. Who holds one may keep views into it.
class ShardMap {
 public:
  // `shards` in order of their ids, which count from 0; the open ones cover the whole space of
  // hash keys without overlap.
  explicit ShardMap(std::vector<Shard> shards);

  const std::vector<Shard>& all() const { return shards_; }
  // Indices of the open ones, in order of their ranges; never empty.
  const std::vector<std::uint32_t>& open() const { return open_; }
  const Shard* find(ShardId id) const;  // null: there is none
  const Shard& owner(HashKey key) const;
  // Those that were made of `parent`, in order of their ids.
  std::vector<const Shard*> children(ShardId parent) const;

  // Time in ms at which the shards that `change` closes are closed.
  std::shared_ptr<const ShardMap> after(const Reshard& change, std::int64_t now_ms) const;

 private:
  std::vector<Shard> shards_;
  std::vector<std::uint32_t> open_;
};

// Plans, each from open shards of `map`; `now_ms` is when the new shards are made (they are younger
// than their parents in any case, so that their sequence numbers are greater).

// `shard` into [its start, key - 1] and [key, its end]. kInvalidArgument unless start + 1 < key <
// end.
Result<Reshard> split_shard(const ShardMap& map, const Shard& shard, HashKey key,
                            std::int64_t now_ms);
// Two shards whose ranges touch. kInvalidArgument when they do not.
Result<Reshard> merge_shards(const ShardMap& map, const Shard& first, const Shard& second,
                             std::int64_t now_ms);
// Each of `shards` into two halves; those that are closed or too narrow stay as they are.
Reshard split_evenly(const ShardMap& map, const std::vector<ShardId>& shards, std::int64_t now_ms);
// Splits and merges that end with `target` open shards of equal ranges.
Reshard reshard_uniformly(const ShardMap& map, std::size_t target, std::int64_t now_ms);

}  // namespace headrace::streams
