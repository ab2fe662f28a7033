// Patterns of AWS's service models, which are Java's regular expressions, matched with RE2.
#pragma once

#include <string_view>

namespace headrace::wire {

// Whether all of `text` matches. Patterns are constants of shapes: compiled once and kept, as is
// the memory that they view.
bool matches(std::string_view text, std::string_view pattern);

// Whether `pattern` is one that matches() understands; one that is not matches nothing.
bool is_pattern(std::string_view pattern);

}  // namespace headrace::wire
