// Dates as AWS's protocols write them; those of HTTP itself are in http_date.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace headrace::wire {

// ISO 8601: "2026-01-02T03:04:05.678Z". A fraction may be left out or longer, the zone may be
// "+00:00". Nothing when `text` is not that.
std::optional<WallTime> parse_iso8601(std::string_view text);
std::string format_iso8601(WallTime time);

// As signatures carry them: "20150830T123600Z".
std::optional<WallTime> parse_amz_date(std::string_view text);
std::string format_amz_date(WallTime time);

}  // namespace headrace::wire
