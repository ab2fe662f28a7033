// Request heads of HTTP/1.1, checked strictly (RFC 9112): what two parsers could read differently
// is refused, so that nobody smuggles a request past a proxy in front of us.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

#include "http/message.h"

namespace headrace::http {

inline constexpr std::size_t kHeadBytesMax = 64U << 10;
inline constexpr std::size_t kHeadersMax = 256;

// Why a request is not served: the status to answer before the connection closes.
struct Refusal {
  int status = 400;
  std::string_view why;
};

// Finds the end of a head, request's or response's, in bytes that arrive piece by piece.
class HeadScanner {
 public:
  // `bytes`: all that has arrived since the head began. The head's size with its empty line, or 0:
  // more is needed. Refuses what is too large (431) and lines that do not end in CRLF (400).
  std::expected<std::size_t, Refusal> scan(std::string_view bytes);
  // For the next head.
  void reset() { *this = HeadScanner(); }

 private:
  std::size_t scanned_ = 0;
  std::size_t line_start_ = 0;
  std::size_t lines_ = 0;
  std::size_t blank_lines_ = 0;  // before the first line
};

// How the message goes on after its head.
struct Framing {
  int minor = 1;                     // of the version: HTTP/1.minor
  std::int64_t content_length = -1;  // -1: not given
  bool chunked = false;
  bool keep_alive = true;
  bool expect_continue = false;
  bool upgrade_h2c = false;  // "Upgrade: h2c" with "HTTP2-Settings", both named by Connection

  bool has_body() const { return chunked || content_length > 0; }
};

// Reads the head that `request.storage` holds and nothing else (as HeadScanner measured it) and
// sets the views of `request`. An absolute-form target gives its path and query, and its authority
// takes the place of Host.
std::expected<Framing, Refusal> parse_head(Request& request);

}  // namespace headrace::http
