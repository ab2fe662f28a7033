// Any bytes as a record, and as the message of an aggregate: taking it apart never crashes, and
// what comes out lies within what went in.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/md5.h"
#include "producer/aggregation.h"

namespace {

using headrace::producer::Deaggregated;
using headrace::producer::HashKeyRange;

void check(std::string_view bytes, const HashKeyRange& range) {
  const Deaggregated out = headrace::producer::deaggregate(bytes, range);
  CHECK(out.records.empty() || out.outcome == Deaggregated::Outcome::kAggregate);
  std::size_t total = 0;
  for (const auto& record : out.records) {
    CHECK(record.data.data() >= bytes.data() &&
          record.data.data() + record.data.size() <= bytes.data() + bytes.size());
    total += record.data.size();
  }
  CHECK(total <= bytes.size());
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const HashKeyRange lower{0, static_cast<unsigned __int128>(1) << 127U};
  check(bytes, {});
  check(bytes, lower);
  // No mutation finds a checksum.
  std::string framed = "\xf3\x89\x9a\xc2" + std::string(bytes);
  for (const unsigned char byte : headrace::md5(bytes)) framed += static_cast<char>(byte);
  check(framed, {});
  check(framed, lower);
  return 0;
}
