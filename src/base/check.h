// CHECK states what must be true, in release builds too: on failure it prints and aborts. For
// programmer errors and storage invariants; what a client, file or peer can cause is an Error.
#pragma once

#include <string_view>

namespace headrace {
[[noreturn]] void check_failed(const char* file, int line, std::string_view what);
}  // namespace headrace

#define CHECK(condition)                                        \
  do {                                                          \
    if (!(condition)) [[unlikely]] {                            \
      ::headrace::check_failed(__FILE__, __LINE__, #condition); \
    }                                                           \
  } while (false)
