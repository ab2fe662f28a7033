// UTF-8, without overlong forms and surrogates (RFC 3629).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace headrace::wire {

inline constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

bool is_utf8(std::string_view text);
// The length of the sequence of several bytes at the start of `text`, which is not empty; 0 when
// there is none.
std::size_t utf8_length(std::string_view text);
// `text` with U+FFFD for each byte that is in no sequence.
std::string as_utf8(std::string_view text);

}  // namespace headrace::wire
