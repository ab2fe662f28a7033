// Percent-encoding (RFC 3986) and query strings, as AWS's protocols use them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace::wire {

// All but A-Z a-z 0-9 - . _ ~ become %XX (upper case); '/' stays when `keep_slash`.
std::string percent_encode(std::string_view text, bool keep_slash = false);
// Nothing when a '%' is not followed by two hexadecimal digits. '+' is a space when `form`.
std::optional<std::string> percent_decode(std::string_view text, bool form = false);

// "a=1&b&c=%20" as decoded names and values, in order; "b" has an empty value. Nothing when any of
// it does not decode. '+' stands for a space.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;
std::optional<QueryParameters> parse_query(std::string_view query);

}  // namespace headrace::wire
