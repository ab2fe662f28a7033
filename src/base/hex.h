// Hexadecimal digits and bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace headrace {

// Two lower-case digits a byte.
std::string to_hex(std::string_view bytes);
// Nothing unless `digits` is an even number of hexadecimal digits of either case.
std::optional<std::string> from_hex(std::string_view digits);

}  // namespace headrace
