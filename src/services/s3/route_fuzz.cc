// Request lines and hosts from anywhere: routing and decoding never crash, and a key that is found
// is one that the store can hold.

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "services/s3/byte_range.h"
#include "services/s3/copy_source.h"
#include "services/s3/listing.h"
#include "services/s3/route.h"
#include "services/s3/s3.h"

namespace {

using namespace headrace;

// Routing and decoding look at shapes alone, so the operations' store is never touched.
const std::vector<services::Operation>& all() {
  static char nothing[64] = {};
  static services::s3::S3& s3 = *reinterpret_cast<services::s3::S3*>(nothing);
  static const std::vector<services::Operation> operations = services::s3::operations(s3);
  return operations;
}

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  http::Request request;
  request.method = take_line(text);
  const std::string_view target = take_line(text);
  request.target = target;
  request.path = target.substr(0, target.find('?'));
  if (request.path.size() < target.size()) request.query = target.substr(request.path.size() + 1);
  request.headers.push_back({"Host", take_line(text)});
  const std::string_view other = take_line(text);
  request.headers.push_back({"x-amz-copy-source", other});
  request.headers.push_back({"If-Modified-Since", other});
  (void)services::s3::parse_copy_source(other);
  (void)services::s3::parse_range(other, 1000);
  (void)services::s3::read_token(other);
  const auto found = services::s3::route(all(), request);
  if (!found) return 0;
  for (const auto& [name, value] : found->labels) {
    CHECK(!value.empty() && value.find('\0') == std::string::npos);
    CHECK(simdjson::validate_utf8(value.data(), value.size()));
  }
  if (wire::takes_stream(found->operation->input)) return 0;
  const auto input = found->operation->make_input();
  (void)wire::decode_rest_xml(request, found->labels, text, nullptr, found->operation->input,
                              input.get());
  return 0;
}
