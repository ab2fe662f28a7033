// Any bytes as an AWS CBOR body: binding never crashes, and what binds encodes to what binds again
// and says the same as its JSON.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "wire/document.h"
#include "wire/shapes_for_test.h"

namespace {

using namespace headrace::wire;  // NOLINT(google-build-using-namespace)

std::string encoded(Format format, const Outer& outer) {
  std::string out;
  append_document(out, format, Outer::shape, &outer);
  return out;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  Outer outer;
  if (!decode_document(Format::kCbor, body, Outer::shape, &outer)) return 0;
  for (const Format format : {Format::kCbor, Format::kJson}) {
    // JSON has no -0 and one NaN.
    if (format == Format::kJson && outer.real) continue;
    const std::string document = encoded(format, outer);
    Outer back;
    CHECK(decode_document(format, document, Outer::shape, &back).has_value());
    CHECK(encoded(format, back) == document);
    CHECK(encoded(Format::kCbor, back) == encoded(Format::kCbor, outer));
  }
  return 0;
}
