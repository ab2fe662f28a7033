// The first bytes of a connection and the settings of an upgrade, from anybody.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "http/http2_upgrade.h"

namespace headrace::http {
namespace {

// What was decided stays decided as more bytes arrive.
void sniff(std::string_view bytes) {
  Preface before = Preface::kPartial;
  for (std::size_t arrived = 0; arrived <= bytes.size(); ++arrived) {
    const Preface now = sniff_preface(bytes.substr(0, arrived));
    CHECK(before == Preface::kPartial || now == before);
    before = now;
  }
}

}  // namespace
}  // namespace headrace::http

extern "C" int LLVMFuzzerTestOneInput(  // NOLINT(readability-identifier-naming)
    const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  headrace::http::sniff(bytes);
  const auto settings = headrace::http::decode_http2_settings(bytes);
  CHECK(!settings || settings->size() % 6 == 0);
  return 0;
}
