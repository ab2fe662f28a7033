// Any text as a prefix: it is refused, or gives a key at any time.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/check.h"
#include "delivery/object_key.h"

// Eight bytes of time (ms, years 1970 to 9999), then the prefix.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headrace;
  using delivery::Prefix;
  static SeededRandom random(1);
  std::uint64_t time = 0;
  if (size < sizeof time) return 0;
  std::memcpy(&time, data, sizeof time);
  constexpr std::uint64_t kEnd = 253'402'300'800'000;
  const WallTime at{static_cast<std::int64_t>(time % kEnd)};
  const std::string_view text(reinterpret_cast<const char*>(data) + sizeof time,
                              size - sizeof time);
  for (const Prefix::Use use : {Prefix::Use::kPrefix, Prefix::Use::kErrorOutputPrefix}) {
    const auto prefix = Prefix::parse(text, use);
    if (!prefix) continue;
    const std::string key = prefix->evaluate(at, random, "processing-failed");
    // Without expressions, the text and "yyyy/MM/dd/HH/".
    CHECK(prefix->has_expressions() ||
          (key.starts_with(text) && key.size() == text.size() + sizeof "yyyy/MM/dd/HH/" - 1));
  }
  return 0;
}
