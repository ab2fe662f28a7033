// The files ~/.aws/config and ~/.aws/credentials.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace headrace::producer {

// Section -> key (lower case) -> value.
using Ini = std::map<std::string, std::map<std::string, std::string>, std::less<>>;

// Reads what AWS's own tools read: "[section]", "key = value", comments after '#' or ';' at the
// start of a line or behind a blank. Indented lines are a key's nested properties, which nothing
// here needs, and are skipped, as is anything else that is neither. Of two keys the last counts.
Ini parse_ini(std::string_view text);

}  // namespace headrace::producer
