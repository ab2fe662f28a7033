// Dates as HTTP headers carry them (RFC 9110, section 5.6.7).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace headrace::wire {

// "Sun, 06 Nov 1994 08:49:37 GMT", also the obsolete RFC 850 and asctime forms; nothing otherwise.
std::optional<WallTime> parse_http_date(std::string_view text);
// Whole seconds, rounded down.
std::string format_http_date(WallTime time);

}  // namespace headrace::wire
