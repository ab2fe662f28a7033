// How the shards of an on-demand stream follow what is written to it.
//
// Source: "On-demand mode" in the Kinesis Data Streams developer guide: four shards at the start,
// room for twice the peak, shards that take in more than 500 KB a second are split evenly.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "streams/names.h"
#include "streams/shard_map.h"

namespace headrace::streams {

inline constexpr std::uint32_t kOnDemandShards = 4;
inline constexpr std::size_t kOnDemandStreamsMax = 50;  // of an account in a region
inline constexpr std::size_t kModeChangesMax = 2;       // of a stream in 24 hours
// The time over which the load of a shard is averaged. It begins with a put.
inline constexpr std::chrono::seconds kLoadWindow{60};

// What a shard took in during one window.
struct ShardLoad {
  ShardId shard;
  std::int64_t bytes = 0;
  std::int64_t records = 0;
};

// Open shards that a stream may have in a region: one for each MiB/s of its ceiling.
std::uint32_t on_demand_shards_max(std::string_view region);
// Open shards that a stream begins with when it is to take `warm_mibps` at once.
std::uint32_t on_demand_shards_at_start(std::int32_t warm_mibps);
// Open shards that have room for twice the load.
std::size_t shards_needed(const std::vector<ShardLoad>& loads);
// Those of the shards to split: hot ones, the hottest first, and as many more of the busiest as
// leave room for twice the load, but no more than `room`.
std::vector<ShardId> shards_to_split(const ShardMap& shards, std::vector<ShardLoad> loads,
                                     std::size_t room);

}  // namespace headrace::streams
