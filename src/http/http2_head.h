// Heads of HTTP/2 requests and answers: fields to values and back (RFC 9113 section 8).
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "http/request_parser.h"

namespace headrace::http {

// Gathers the fields of one request as they are decompressed. nghttp2 has checked them: names are
// lower case, pseudo-header fields come first and once each, none belongs to a connection.
class Http2RequestHead {
 public:
  // What is past the bounds of a head is dropped, and finish() says so.
  void add(std::string_view name, std::string_view value);
  // Sets the views of `request` (and its storage), or says why it is not served.
  std::optional<Refusal> finish(Request& request);

  std::int64_t content_length() const { return content_length_; }  // -1: not given
  bool expects_continue() const { return expects_continue_; }

 private:
  struct Field {
    std::size_t name_size = 0;
    std::size_t value_size = 0;
  };

  std::optional<Refusal> read(HeaderView field, Request& request);

  std::vector<char> bytes_;  // names and values, one after the other
  std::vector<Field> fields_;
  bool too_large_ = false;
  std::string_view authority_;
  std::string_view host_;
  std::int64_t content_length_ = -1;
  bool expects_continue_ = false;
};

// The field list of an answer, for nghttp2, which copies it. Fields that belong to a connection are
// left out; a line break or NUL in a value becomes a space.
class Http2ResponseHead {
 public:
  // `content_length`: -1: none. `response` outlives this.
  Http2ResponseHead(const Response& response, std::int64_t content_length);
  Http2ResponseHead(const Http2ResponseHead&) = delete;
  Http2ResponseHead& operator=(const Http2ResponseHead&) = delete;

  const std::vector<nghttp2_nv>& fields() const { return fields_; }

 private:
  void add(std::string_view name, std::string_view value);

  std::string status_;
  std::string length_;
  std::vector<std::string> cleaned_;
  std::vector<nghttp2_nv> fields_;
};

}  // namespace headrace::http
