// How long records are kept.
#include <algorithm>

#include "streams/streams.h"

namespace headrace::streams {

namespace asio = boost::asio;

namespace {

constexpr std::int32_t kRetentionMinHours = 24;
constexpr std::int32_t kRetentionMaxHours = 8760;
constexpr std::int64_t kHourMs = 3'600'000;

Status check_retention(std::int32_t hours) {
  const std::string wanted = std::to_string(hours) + " hours)";
  if (hours < kRetentionMinHours) {
    return fail(ErrorCode::kInvalidArgument,
                "Minimum allowed retention period is 24 hours. Requested retention period (" +
                    wanted + " is too short.");
  }
  if (hours > kRetentionMaxHours) {
    return fail(ErrorCode::kInvalidArgument,
                "Maximum allowed retention period is 8760 hours. Requested retention period (" +
                    wanted + " is too long.");
  }
  return {};
}

Status check_direction(const Stream& stream, std::int32_t now, std::int32_t wanted, bool up) {
  if (up ? wanted >= now : wanted <= now) return {};
  return fail(ErrorCode::kInvalidArgument,
              "Requested retention period (" + std::to_string(wanted) + " hours) for stream " +
                  stream.key().name.text() + " can not be " + (up ? "shorter" : "longer") +
                  " than existing retention period (" + std::to_string(now) + " hours). Use " +
                  (up ? "DecreaseRetentionPeriod" : "IncreaseRetentionPeriod") + " API.");
}

}  // namespace

// What had expired stays expired when the retention period grows.
asio::awaitable<Status> Streams::change_retention(std::shared_ptr<Stream> stream,
                                                  Direction direction, std::int32_t hours) {
  CO_RETURN_IF_ERROR(check_retention(hours));
  Decide decide = [direction, hours](const Stream& s,
                                     std::int64_t now) -> Result<std::optional<Change>> {
    Change change{.settings = s.settings()};
    StreamSettings& settings = change.settings;
    const bool up = direction == Direction::kIncrease;
    RETURN_IF_ERROR(check_direction(s, settings.retention_hours, hours, up));
    if (hours == settings.retention_hours) return std::optional<Change>{};
    settings.horizon_ms = std::max(settings.horizon_ms, now - settings.retention_hours * kHourMs);
    settings.retention_hours = hours;
    return change;
  };
  co_return co_await change(std::move(stream), std::move(decide));
}

}  // namespace headrace::streams
