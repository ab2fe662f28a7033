#include "producer/position.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "producer/json_members.h"
#include "wire/aws_json.h"

namespace headrace::producer {
namespace {

constexpr std::int64_t kDateMs = 1000;  // what the Date of an answer is rounded down to

}  // namespace

std::string Position::members(std::string_view type_name, std::string_view number_name) const {
  std::string out = json_member(type_name, type);
  if (!after.empty()) out += json_member(number_name, after);
  if (time) {
    out += ",\"Timestamp\":";
    wire::append_json_timestamp(out, *time);
  }
  return out;
}

Position next_position(Shard& shard, const ConsumeOptions& options, WallTime began) {
  using From = ConsumeOptions::From;
  const bool asked = std::exchange(shard.asked, true);
  if (!shard.last.empty()) return {"AFTER_SEQUENCE_NUMBER", shard.last, std::nullopt};
  if (shard.from_start || options.from == From::kTrimHorizon) {
    return {"TRIM_HORIZON", "", std::nullopt};
  }
  if (options.from == From::kTime) return {"AT_TIMESTAMP", "", options.time};
  if (asked) return {"AT_TIMESTAMP", "", began};
  return {"LATEST", "", std::nullopt};
}

bool caught_up(Shard& shard, const wire::Value& answer, WallTime began) {
  const auto behind = static_cast<std::int64_t>(number_of(answer, "MillisBehindLatest"));
  if (behind <= 0) return true;
  if (!shard.newest) return false;
  // Arrivals need not be by the clock of the Date: a proxy may write its own.
  if (!shard.until) {
    shard.until = WallTime{std::max(began.ms + kDateMs, shard.newest->ms + behind)};
  }
  return *shard.newest > *shard.until;
}

}  // namespace headrace::producer
