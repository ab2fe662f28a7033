#include "streams/capacity.h"

#include <algorithm>

namespace headrace::streams {
namespace {

constexpr std::uint32_t kShardsAtStart = 4;

}  // namespace

std::uint32_t on_demand_shards_at_start(std::int32_t warm_mibps) {
  return std::max(kShardsAtStart, static_cast<std::uint32_t>(warm_mibps));
}

}  // namespace headrace::streams
