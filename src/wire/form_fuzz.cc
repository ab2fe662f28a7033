// Any bytes as a form: decoding and binding never crash, and bounds hold.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "wire/aws_query.h"
#include "wire/bind.h"
#include "wire/shapes_for_test.h"
#include "wire/uri.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headrace::wire;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  CHECK(percent_decode(percent_encode(body)) == body);
  const std::string action = form_member(body, "Action");
  const auto value = parse_form(body, Outer::shape);
  if (!value) return 0;
  CHECK(value->object() != nullptr);
  Outer outer;
  const auto bound = bind(*value, Outer::shape, Scalars::kText, &outer);
  CHECK(!bound || !outer.text.empty());
  return 0;
}
