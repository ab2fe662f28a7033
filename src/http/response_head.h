// Heads of answers, as bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.h"

namespace headrace::http {

// The phrase that goes with a status; empty for one that nobody uses.
std::string_view reason_phrase(int status);
// The Date of now, "Sun, 06 Nov 1994 08:49:37 GMT"; made once a second on each thread.
std::string_view date_now();
// Whether a Date is among its fields, which goes out instead of date_now().
bool dates_itself(const Response& response);

// Whether an answer of this status never has a body.
bool has_no_body(int status);
// What Content-Length says; -1: the answer has none. `to_head`: the request was HEAD.
std::int64_t content_length_of(const Response& response, bool to_head);

enum class BodyFraming : std::uint8_t {
  kLength,   // Content-Length
  kChunked,  // Transfer-Encoding: chunked
  kClose,    // ends with the connection
  kNone,     // neither has a body nor speaks of one: 1xx, 204
};

// How the session sends an answer.
struct ResponseFraming {
  BodyFraming body = BodyFraming::kLength;
  std::int64_t length = 0;
  bool close = false;
  bool say_keep_alive = false;  // HTTP/1.0 does not take it for granted
};

// Appends status line and fields with the empty line. A line break or NUL in a field becomes a
// space, so that no value can add a field or end the head.
void append_head(std::string& out, const Response& response, const ResponseFraming& framing);

}  // namespace headrace::http
