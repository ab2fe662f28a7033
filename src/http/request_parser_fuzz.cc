// Heads and chunked bodies from anybody: never a crash, and the same outcome however the bytes
// arrive.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "http/chunked.h"
#include "http/request_parser.h"

namespace headrace::http {
namespace {

// The head's size, 0: more is needed, or the negated status of a refusal.
int scan(std::string_view bytes, std::size_t piece) {
  HeadScanner scanner;
  for (std::size_t arrived = std::min(piece, bytes.size());;
       arrived = std::min(arrived + piece, bytes.size())) {
    const auto size = scanner.scan(bytes.substr(0, arrived));
    if (!size) {
      return -size.error().status;
    }
    if (*size > 0 || arrived == bytes.size()) {
      return static_cast<int>(*size);
    }
  }
}

void parse(std::string_view head) {
  Request request;
  request.storage.assign(head.begin(), head.end());
  const auto framing = parse_head(request);
  if (!framing) {
    CHECK(framing.error().status >= 400);
    return;
  }
  CHECK(!framing->chunked || framing->content_length < 0);
  CHECK(request.headers.size() <= kHeadersMax);
  CHECK(!request.path.empty());
  for (const HeaderView& field : request.headers) {
    CHECK(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
  }
}

std::string decode(std::string_view bytes, std::size_t piece) {
  ChunkedDecoder decoder;
  std::string data;
  while (!bytes.empty() && !decoder.done()) {
    const auto step = decoder.decode(bytes.substr(0, piece));
    if (!step) {
      return "malformed";
    }
    CHECK(step->consumed > 0);
    bytes.remove_prefix(step->consumed);
    data.append(step->data);
  }
  return data + (decoder.done() ? " done" : " open");
}

}  // namespace
}  // namespace headrace::http

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headrace::http;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const int head = scan(bytes, bytes.size() + 1);
  CHECK(head == scan(bytes, 1));
  if (head > 0) {
    parse(bytes.substr(0, static_cast<std::size_t>(head)));
  }
  const std::string_view body = head > 0 ? bytes.substr(static_cast<std::size_t>(head)) : bytes;
  CHECK(decode(body, body.size() + 1) == decode(body, 3));
  return 0;
}
