// Any bytes as an entry of the log: decoding never crashes, and what decodes encodes to the same.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "storage/log_entry.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headrace::storage;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto entry = decode_entry(bytes);
  if (!entry) return 0;
  std::string again = encode_entry_head(*entry);
  if (entry->records) again.append(entry->records->bytes());
  CHECK(decode_entry(again).has_value());
  CHECK(again.size() <= bytes.size());
  return 0;
}
