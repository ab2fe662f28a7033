#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "producer/ini.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer names it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& [section, keys] : headrace::producer::parse_ini(text)) {
    CHECK(section.find('\n') == std::string::npos);
    for (const auto& [key, value] : keys) {
      CHECK(!key.empty() && key.find('\n') == std::string::npos);
      CHECK(value.find('\n') == std::string::npos);
    }
  }
  return 0;
}
