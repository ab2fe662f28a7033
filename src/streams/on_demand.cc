#include "streams/on_demand.h"

#include <algorithm>
#include <cmath>

namespace headrace::streams {
namespace {

constexpr double kWindowSeconds = std::chrono::duration<double>(kLoadWindow).count();
// What a shard takes in a second, and when it counts as hot: at half of it.
constexpr double kShardBytes = 1 << 20;
constexpr double kShardRecords = 1'000;
constexpr double kHotBytes = 500e3;
constexpr double kHotRecords = 500;

// In shards: 1 is all that one takes.
double share(const ShardLoad& load) {
  return std::max(static_cast<double>(load.bytes) / kShardBytes,
                  static_cast<double>(load.records) / kShardRecords) /
         kWindowSeconds;
}

bool hot(const ShardLoad& load) {
  return static_cast<double>(load.bytes) > kHotBytes * kWindowSeconds ||
         static_cast<double>(load.records) > kHotRecords * kWindowSeconds;
}

}  // namespace

std::uint32_t on_demand_shards_max(std::string_view region) {
  const bool large = region == "us-east-1" || region == "us-west-2" || region == "eu-west-1";
  return large ? 10'240 : 200;
}

// A shard takes 1 MiB/s.
std::uint32_t on_demand_shards_at_start(std::int32_t warm_mibps) {
  return std::max(kOnDemandShards, static_cast<std::uint32_t>(warm_mibps));
}

std::size_t shards_needed(const std::vector<ShardLoad>& loads) {
  double total = 0;
  for (const ShardLoad& load : loads) total += share(load);
  return static_cast<std::size_t>(std::ceil(2 * total));
}

std::vector<ShardId> shards_to_split(const ShardMap& shards, std::vector<ShardLoad> loads,
                                     std::size_t room) {
  std::ranges::sort(loads, std::ranges::greater{}, share);
  const std::size_t wanted = shards_needed(loads);
  std::vector<ShardId> chosen;
  for (const ShardLoad& load : loads) {
    if (chosen.size() == room) break;
    if (!hot(load) && shards.open().size() + chosen.size() >= wanted) break;
    chosen.push_back(load.shard);
  }
  return chosen;
}

}  // namespace headrace::streams
