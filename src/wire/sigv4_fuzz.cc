// Any bytes as a request: reading and verifying never crash, and nothing verifies by chance.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "wire/date.h"
#include "wire/sigv4.h"

namespace {

// The next line of `rest`.
std::string_view take_line(std::string_view& rest) {
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(line.size() == rest.size() ? line.size() : line.size() + 1);
  return line;
}

}  // namespace

// Lines: the target, then headers as "name:value".
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headrace;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  http::Request request;
  request.method = "GET";
  request.target = take_line(rest);
  request.path = request.target.substr(0, request.target.find('?'));
  if (request.path.size() < request.target.size()) {
    request.query = request.target.substr(request.path.size() + 1);
  }
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    request.headers.push_back({line.substr(0, colon), line.substr(colon + 1)});
  }
  const auto authorization = wire::parse_authorization(request);
  if (!authorization || !*authorization) return 0;
  wire::Verifier verifier;
  // Whatever time it claims, so that the signature is what fails.
  const WallTime now = wire::parse_amz_date((*authorization)->amz_date).value_or(WallTime{});
  const auto verified =
      verifier.verify(request, **authorization, wire::kUnsignedPayload, now,
                      [](std::string_view) { return std::optional<std::string>("secret"); });
  CHECK(!verified.has_value());
  return 0;
}
