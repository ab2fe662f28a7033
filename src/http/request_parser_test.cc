#include "http/request_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace::http {
namespace {

struct Parsed {
  Request request;
  int refused = 0;  // the status, 0: taken
  Framing framing;
};

Parsed parse(std::string_view head) {
  Parsed parsed;
  HeadScanner scanner;
  const auto size = scanner.scan(head);
  if (!size || *size != head.size()) {
    parsed.refused = size ? -1 : size.error().status;
    return parsed;
  }
  parsed.request.storage.assign(head.begin(), head.end());
  const auto framing = parse_head(parsed.request);
  if (!framing) {
    parsed.refused = framing.error().status;
  } else {
    parsed.framing = *framing;
  }
  return parsed;
}

TEST(RequestParser, gives_the_parts_of_a_request) {
  const Parsed parsed = parse(
      "POST /a/b%20c?x=1&y HTTP/1.1\r\nHost: localhost:4566\r\nX-Amz-Target:\t a b \r\n"
      "content-length: 12\r\nEmpty:\r\n\r\n");
  ASSERT_EQ(parsed.refused, 0);
  const Request& request = parsed.request;
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/a/b%20c?x=1&y");
  EXPECT_EQ(request.path, "/a/b%20c");
  EXPECT_EQ(request.query, "x=1&y");
  EXPECT_EQ(request.header("x-amz-target"), "a b");
  EXPECT_EQ(request.header("HOST"), "localhost:4566");
  EXPECT_TRUE(request.has_header("empty"));
  EXPECT_FALSE(request.has_header("absent"));
  EXPECT_EQ(request.headers.size(), 4U);
  EXPECT_EQ(parsed.framing.content_length, 12);
  EXPECT_TRUE(parsed.framing.keep_alive);
  EXPECT_FALSE(parsed.framing.chunked);
}

TEST(RequestParser, takes_an_absolute_target_and_its_authority_for_host) {
  const Parsed parsed = parse("GET http://bucket.example:80/k?v HTTP/1.1\r\nHost: other\r\n\r\n");
  ASSERT_EQ(parsed.refused, 0);
  EXPECT_EQ(parsed.request.target, "/k?v");
  EXPECT_EQ(parsed.request.path, "/k");
  EXPECT_EQ(parsed.request.query, "v");
  EXPECT_EQ(parsed.request.header("host"), "bucket.example:80");
  EXPECT_EQ(parse("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n").request.path, "/");
}

TEST(RequestParser, says_whether_the_connection_goes_on) {
  const std::vector<std::pair<std::string, bool>> cases = {
      {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: TE, Close\r\n\r\n", false},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close, keep-alive\r\n\r\n", false},
      {"GET / HTTP/1.0\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
  };
  for (const auto& [head, keep_alive] : cases) {
    const Parsed parsed = parse(head);
    EXPECT_EQ(parsed.refused, 0) << head;
    EXPECT_EQ(parsed.framing.keep_alive, keep_alive) << head;
  }
}

TEST(RequestParser, takes_what_the_grammar_allows) {
  const std::vector<std::string> cases = {
      "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.1\r\nHost:\r\n\r\n",
      "GET /\"{}|<>\\^` HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nX: \x80\xff\r\n\r\n",
      "M-SEARCH / HTTP/1.1\r\nHost: h\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n",
      "POST / HTTP/1.0\r\nExpect: something\r\n\r\n",
  };
  for (const std::string& head : cases) {
    EXPECT_EQ(parse(head).refused, 0) << head;
  }
}

TEST(RequestParser, refuses_what_two_parsers_could_read_differently) {
  const std::string start = "GET / HTTP/1.1\r\nHost: h\r\n";
  const std::vector<std::pair<std::string, int>> cases = {
      {start + "X : y\r\n\r\n", 400},
      {start + "X: y\r\n folded\r\n\r\n", 400},
      {start + " X: y\r\n\r\n", 400},
      {start + "X: a\rb\r\n\r\n", 400},
      {start + "X: a\nY: b\r\n\r\n", 400},
      {start + "X: y\n\n", 400},
      {start + std::string("X: a\0b\r\n\r\n", 10), 400},
      {start + "X\r\n\r\n", 400},
      {start + ": y\r\n\r\n", 400},
      {start + "X(: y\r\n\r\n", 400},
      {start + "X: \x7f\r\n\r\n", 400},
      {start + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {start + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400},
      {start + "Content-Length: 5, 5\r\n\r\n", 400},
      {start + "Content-Length: +5\r\n\r\n", 400},
      {start + "Content-Length: -5\r\n\r\n", 400},
      {start + "Content-Length: 5x\r\n\r\n", 400},
      {start + "Content-Length: 0x5\r\n\r\n", 400},
      {start + "Content-Length:\r\n\r\n", 400},
      {start + "Content-Length: 99999999999999999999\r\n\r\n", 400},
      {start + "Transfer-Encoding: gzip\r\n\r\n", 501},
      {start + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {start + "Transfer-Encoding: xchunked\r\n\r\n", 501},
      {start + "Transfer-Encoding:\r\n\r\n", 501},
      {start + "Transfer-Encoding: chunked, chunked\r\n\r\n", 400},
      {start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {start + "Host: h\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {start + "Expect: 200-ok\r\n\r\n", 417},
      {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
      {"GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505},
      {"GET / http/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/1.1 \r\nHost: h\r\n\r\n", 400},
      {"GET /\r\nHost: h\r\n\r\n", 400},
      {"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /\x80 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /\t HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET ftp://h/a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET http:///a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET http://u@h/a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"G\"T / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"\r\n\r\n\r\n\r\n\r\n", 400},
      {"\n", 400},
      {"\x16\x03\x01", 400},
      {"\x0e\r\n", 400},
  };
  for (const auto& [head, status] : cases) {
    EXPECT_EQ(parse(head).refused, status) << head;
  }
}

TEST(RequestParser, bounds_heads_and_their_fields) {
  const std::string start = "GET / HTTP/1.1\r\n";
  std::string fields;
  for (std::size_t i = 0; i < kHeadersMax - 1; ++i) {
    fields += "a: b\r\n";
  }
  EXPECT_EQ(parse(start + "Host: h\r\n" + fields + "\r\n").refused, 0);
  EXPECT_EQ(parse(start + "Host: h\r\nc: d\r\n" + fields + "\r\n").refused, 431);

  const std::string rest = start + "Host: h\r\nx: \r\n\r\n";
  std::string largest = start + "Host: h\r\nx: ";
  largest.append(kHeadBytesMax - rest.size(), 'y').append("\r\n\r\n");
  ASSERT_EQ(largest.size(), 65536U);
  EXPECT_EQ(parse(largest).refused, 0);
  largest.insert(largest.size() - 4, "y");
  EXPECT_EQ(parse(largest).refused, 431);
  EXPECT_EQ(parse(std::string(kHeadBytesMax + 1, 'x')).refused, 431);
}

TEST(RequestParser, finds_the_same_end_however_the_bytes_arrive) {
  const std::string head = "\r\nGET / HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n";
  const std::string bytes = head + "body\r\n\r\n";
  HeadScanner scanner;
  for (std::size_t arrived = 0; arrived < head.size(); ++arrived) {
    const auto size = scanner.scan(std::string_view(bytes).substr(0, arrived));
    ASSERT_TRUE(size);
    EXPECT_EQ(*size, 0U) << arrived;
  }
  EXPECT_EQ(scanner.scan(bytes), head.size());
}

}  // namespace
}  // namespace headrace::http
