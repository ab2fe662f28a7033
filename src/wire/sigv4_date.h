// Dates as signatures carry them: "20150830T123600Z".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace headrace::wire {

std::string format_amz_date(WallTime time);
// Nothing unless `text` is exactly of that form and a date that exists.
std::optional<WallTime> parse_amz_date(std::string_view text);

}  // namespace headrace::wire
