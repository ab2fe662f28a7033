#include "http/chunked.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace headrace::http {
namespace {

struct Decoded {
  bool malformed = false;
  bool done = false;
  std::string data;
  std::size_t consumed = 0;
  ChunkedDecoder decoder;
};

Decoded decode(std::string_view bytes, std::size_t piece) {
  Decoded decoded;
  while (decoded.consumed < bytes.size() && !decoded.decoder.done()) {
    const std::string_view part = bytes.substr(decoded.consumed, piece);
    const auto step = decoded.decoder.decode(part);
    if (!step) {
      decoded.malformed = true;
      return decoded;
    }
    decoded.data += step->data;
    decoded.consumed += step->consumed;
  }
  decoded.done = decoded.decoder.done();
  return decoded;
}

TEST(Chunked, gives_data_and_trailers_whatever_the_pieces) {
  const std::string body =
      "5\r\nhello\r\n1;name=\"v\"\r\n \r\n00A ;x\r\n0123456789\r\n0\r\n"
      "X-Amz-Checksum-Crc32: AAAAAA==\r\nOther:\r\n\r\n";
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 1000U}) {
    const Decoded decoded = decode(body + "GET /", piece);
    EXPECT_TRUE(decoded.done) << piece;
    EXPECT_EQ(decoded.data, "hello 0123456789") << piece;
    EXPECT_EQ(decoded.consumed, body.size()) << piece;
    EXPECT_EQ(decoded.decoder.trailer("x-amz-checksum-crc32"), "AAAAAA==") << piece;
    EXPECT_EQ(decoded.decoder.trailer("absent"), "") << piece;
  }
}

TEST(Chunked, refuses_malformed_coding) {
  const std::vector<std::string> cases = {
      "x\r\n",
      "\r\n",
      "-1\r\n",
      "+1\r\n",
      "0x1\r\na",
      " 1\r\na\r\n",
      "1 \r\na\r\n",
      "1\na\r\n",
      "1\r\nab\r\n",
      "1\r\na\n",
      "1;\x01\r\na\r\n",
      "0\r\nBad Name: x\r\n\r\n",
      "0\r\nx\r\n",
      "0\r\n a: b\r\n",
      "10000000000000000\r\n",
  };
  for (const std::string& body : cases) {
    for (const std::size_t piece : {1U, 1000U}) {
      EXPECT_TRUE(decode(body, piece).malformed) << body;
    }
  }
}

TEST(Chunked, bounds_lines_and_trailers) {
  EXPECT_TRUE(decode("1;" + std::string(5000, 'x'), 100).malformed);
  std::string trailers = "0\r\n";
  for (int i = 0; i < 1000; ++i) {
    trailers += "name: a value of some bytes\r\n";
  }
  EXPECT_TRUE(decode(trailers, 100).malformed);
}

}  // namespace
}  // namespace headrace::http
