// Any bytes as an AWS JSON body: binding never crashes, and what binds encodes to what binds again.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "wire/aws_json.h"
#include "wire/bind.h"
#include "wire/shapes_for_test.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headrace::wire;
  const auto value = parse_json({reinterpret_cast<const char*>(data), size});
  if (!value) return 0;
  Outer outer;
  if (!bind(*value, Outer::shape, Scalars::kTyped, &outer)) return 0;
  const std::string text = encode_json(Outer::shape, &outer);
  const auto again = parse_json(text);
  CHECK(again.has_value());
  Outer back;
  CHECK(bind(*again, Outer::shape, Scalars::kTyped, &back).has_value());
  CHECK(encode_json(Outer::shape, &back) == text);
  return 0;
}
