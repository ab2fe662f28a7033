// Heads of answers from any server: never a crash, and lengths that make sense.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "http/request_parser.h"
#include "http/response_reader.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headrace::http;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  HeadScanner scanner;
  const auto length = scanner.scan(bytes);
  if (!length || *length == 0) return 0;
  const auto head = parse_response_head(bytes.substr(0, *length));
  if (!head) return 0;
  CHECK(head->response.status >= 100 && head->response.status <= 999);
  CHECK(head->content_length >= -1);
  return 0;
}
