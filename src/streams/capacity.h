// How much streams may have and how much of it on-demand streams keep ready.
//
// Source: "Quotas and limits" and "On-demand mode" in the Kinesis Data Streams developer guide.
#pragma once

#include <cstddef>
#include <cstdint>

namespace headrace::streams {

inline constexpr std::size_t kOnDemandStreamsMax = 50;  // of an account in a region
inline constexpr std::int32_t kWarmMibpsMax = 10'240;
inline constexpr std::size_t kModeChangesMax = 2;  // of a stream in 24 hours

// Open shards that an on-demand stream begins with, when it is to take `warm_mibps` at once: each
// takes 1 MiB/s.
std::uint32_t on_demand_shards_at_start(std::int32_t warm_mibps);

}  // namespace headrace::streams
