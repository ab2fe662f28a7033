// Field lines of HTTP/1.1 heads and trailers (RFC 9110 section 5, RFC 9112 section 5).
#pragma once

#include <optional>
#include <string_view>

#include "http/message.h"

namespace headrace::http {

// Equal but for the case of ASCII letters.
bool same_name(std::string_view a, std::string_view b);
// One or more token characters (RFC 9110 section 5.6.2).
bool is_token(std::string_view text);
// Nothing but tabs, visible characters and bytes past ASCII: neither line breaks nor NUL.
bool is_field_value(std::string_view text);
// One or more visible ASCII characters, '#' excepted.
bool is_target(std::string_view text);
// Without the spaces and tabs at both ends.
std::string_view trim(std::string_view text);

// A line without its CRLF; nothing when it is not a field line, a folded one included.
std::optional<HeaderView> parse_field(std::string_view line);

// Cuts the next element off a comma-separated list and gives it trimmed; empty elements count.
std::string_view next_element(std::string_view& list);

}  // namespace headrace::http
