#include "wire/aws_chunked.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "wire/date.h"

namespace headrace::wire {
namespace {

namespace asio = boost::asio;

// Gives `bytes` in pieces of `step`, so that every border falls everywhere.
class Pieces final : public http::Body {
 public:
  Pieces(std::string bytes, std::size_t step) : bytes_(std::move(bytes)), step_(step) {}
  asio::awaitable<Result<std::string_view>> next() override {
    // A fresh buffer for each piece: the one before must not be used again.
    piece_ = std::make_unique<std::string>(bytes_.substr(at_, step_));
    at_ += piece_->size();
    co_return std::string_view(*piece_);
  }
  std::int64_t declared_size() const override { return -1; }

 private:
  std::string bytes_;
  std::size_t step_;
  std::size_t at_ = 0;
  std::unique_ptr<std::string> piece_;
};

asio::awaitable<void> drain(http::Body* body, Result<std::string>* out) {
  std::string bytes;
  while (true) {
    const auto piece = co_await body->next();
    if (!piece) {
      *out = std::unexpected(piece.error());
      co_return;
    }
    if (piece->empty()) break;
    bytes.append(*piece);
  }
  *out = std::move(bytes);
}

Result<std::string> read(http::Body& body) {
  asio::io_context io;
  Result<std::string> out;
  asio::co_spawn(io, drain(&body, &out), asio::detached);
  io.run();
  return out;
}

http::Request request_of(const std::vector<http::HeaderView>& headers) {
  http::Request request;
  request.headers = headers;
  return request;
}

std::string read_or_code(http::Body& body) {
  const auto bytes = read(body);
  return bytes ? *bytes : "error: " + std::string(name(bytes.error().code));
}

// ---- The examples of the S3 documentation: 66,560 times 'a' in chunks of 64 KiB ----

VerifiedSignature seed_of(const std::string& signature) {
  const Credentials credentials = {"AKIAIOSFODNN7EXAMPLE",
                                   "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
  const WallTime now = *parse_amz_date("20130524T000000Z");
  const Headers host = {{"Host", "x"}};
  Headers added = sign(credentials, "us-east-1", "s3", {"GET", "/", host, "UNSIGNED-PAYLOAD"}, now);
  added.push_back(host[0]);
  http::Request request;
  request.method = "GET";
  request.path = request.target = "/";
  for (const auto& [name, value] : added) request.headers.push_back({name, value});
  Verifier verifier;
  auto seed =
      verifier.verify(request, **parse_authorization(request), "UNSIGNED-PAYLOAD", now,
                      [&](std::string_view) { return std::optional(credentials.secret_key); });
  seed->signature = signature;
  return *seed;
}

std::string chunk(const std::string& head, const std::string& data) {
  return head + "\r\n" + data + "\r\n";
}

const std::string kSeed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
const std::vector<http::HeaderView> kSignedHeaders = {
    {"x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"},
    {"X-Amz-Decoded-Content-Length", "66560"}};

std::string documented_upload() {
  return chunk(
             "10000;chunk-signature="
             "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
             std::string(65536, 'a')) +
         chunk(
             "400;chunk-signature="
             "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
             std::string(1024, 'a')) +
         chunk("0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
               "");
}

TEST(AwsChunked, the_documented_upload_verifies_however_it_arrives) {
  const http::Request request = request_of(kSignedHeaders);
  for (const std::size_t step : {1UL << 20, 4096UL, 87UL, 1UL}) {
    Pieces body(documented_upload(), step);
    const auto decoded = aws_chunked_body(request, body, seed_of(kSeed));
    EXPECT_EQ(decoded->declared_size(), 66560);
    EXPECT_EQ(read_or_code(*decoded), std::string(66560, 'a')) << step;
  }
}

TEST(AwsChunked, a_changed_byte_or_signature_is_found) {
  const http::Request request = request_of(kSignedHeaders);
  const std::size_t first_data = documented_upload().find("\r\n") + 2;
  for (const std::size_t at : {30UL, first_data, first_data + 65535, first_data + 65600}) {
    std::string upload = documented_upload();
    upload[at] = upload[at] == 'b' ? 'c' : 'b';
    Pieces body(upload, 1000);
    EXPECT_EQ(read_or_code(*aws_chunked_body(request, body, seed_of(kSeed))),
              "error: invalid signature")
        << at;
    Pieces skipped(upload, 1000);
    EXPECT_EQ(read(*aws_chunked_body(request, skipped, std::nullopt))->size(), 66560U) << at;
  }
  Pieces body(documented_upload(), 1000);
  EXPECT_EQ(read_or_code(*aws_chunked_body(request, body, seed_of(std::string(64, '0')))),
            "error: invalid signature");
}

TEST(AwsChunked, chunks_without_signatures_are_refused_when_signed_ones_are_due) {
  const http::Request request =
      request_of({{"x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}});
  Pieces body("3\r\nabc\r\n0\r\n\r\n", 100);
  EXPECT_EQ(read_or_code(*aws_chunked_body(request, body, seed_of(kSeed))),
            "error: invalid signature");
}

TEST(AwsChunked, documented_trailers_verify_in_the_documents_form_and_in_the_sdks) {
  const http::Request request =
      request_of({{"x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"},
                  {"x-amz-trailer", "x-amz-checksum-crc32c"}});
  const std::string seed = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
  const std::string chunks =
      chunk(
          "10000;chunk-signature="
          "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
          std::string(65536, 'a')) +
      chunk("400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
            std::string(1024, 'a')) +
      "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n";
  const std::string signature =
      "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435";
  for (const std::string& end : {"x-amz-checksum-crc32c:sOO8/Q==\n\r\n" + signature + "\r\n\r\n",
                                 "x-amz-checksum-crc32c:sOO8/Q==\r\n" + signature + "\r\n\r\n",
                                 "x-amz-checksum-crc32c:sOO8/Q==\n\r\n" + signature + "\r\n"}) {
    Pieces body(chunks + end, 77);
    const auto decoded = aws_chunked_body(request, body, seed_of(seed));
    EXPECT_EQ(read_or_code(*decoded), std::string(66560, 'a')) << end;
    EXPECT_EQ(decoded->trailer("X-Amz-Checksum-CRC32C"), "sOO8/Q==");
  }
  Pieces changed(chunks + "x-amz-checksum-crc32c:AAAA/Q==\r\n" + signature + "\r\n\r\n", 77);
  EXPECT_EQ(read_or_code(*aws_chunked_body(request, changed, seed_of(seed))),
            "error: invalid signature");
  Pieces unsigned_end(chunks + "x-amz-checksum-crc32c:sOO8/Q==\r\n\r\n", 77);
  EXPECT_EQ(read_or_code(*aws_chunked_body(request, unsigned_end, seed_of(seed))),
            "error: incomplete body");
}

// ---- Unsigned chunks ----

const std::vector<http::HeaderView> kUnsignedHeaders = {
    {"x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"},
    {"x-amz-decoded-content-length", "11"},
    {"x-amz-trailer", "x-amz-checksum-crc32"}};

std::string decode_unsigned(const std::string& bytes,
                            const std::vector<http::HeaderView>& headers = kUnsignedHeaders) {
  const http::Request request = request_of(headers);
  Pieces body(bytes, 3);
  return read_or_code(*aws_chunked_body(request, body, std::nullopt));
}

TEST(AwsChunked, unsigned_chunks_end_with_their_trailers) {
  const http::Request request = request_of(kUnsignedHeaders);
  Pieces body("5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32: DUoRhQ==\r\n\r\n", 1);
  const auto decoded = aws_chunked_body(request, body, std::nullopt);
  EXPECT_EQ(read_or_code(*decoded), "hello world");
  EXPECT_EQ(decoded->trailer("x-amz-checksum-crc32"), "DUoRhQ==");
  EXPECT_EQ(decoded->trailer("x-amz-checksum-sha256"), "");
}

TEST(AwsChunked, wrong_framing_and_wrong_lengths_are_incomplete_bodies) {
  const std::string good = "5\r\nhello\r\n6\r\n world\r\n0\r\na:b\r\n\r\n";
  ASSERT_EQ(decode_unsigned(good), "hello world");
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(decode_unsigned(good.substr(0, size)), "error: incomplete body") << size;
  }
  for (const char* bad : {
           "5\r\nhello\r\n0\r\n\r\n",                           // shorter than declared
           "5\r\nhello\r\n7\r\n world!\r\n0\r\n\r\n",           // longer than declared
           "5\r\nhello!\r\n6\r\n world\r\n0\r\n\r\n",           // data past the chunk
           "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nmore",        // data past the end
           "x\r\nhello\r\n",                                    // no size
           "-5\r\nhello\r\n",                                   // a negative one
           "fffffffffffffffff\r\nhello\r\n",                    // one past 64 bits
           "7fffffffffffffff\r\nhello\r\n",                     // one past what is declared
           "\r\n",                                              // an empty one
           "5\r\nhello\r\n6\r\n world\r\n0\r\nnocolon\r\n\r\n"  // no field
       }) {
    EXPECT_EQ(decode_unsigned(bad), "error: incomplete body") << bad;
  }
}

TEST(AwsChunked, heads_and_trailers_are_bounded) {
  const std::vector<http::HeaderView> headers = {
      {"x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}};
  EXPECT_EQ(decode_unsigned("1;" + std::string(1021, 'x') + "\r\na\r\n0\r\n\r\n", headers), "a");
  EXPECT_EQ(decode_unsigned("1;" + std::string(1023, 'x') + "\r\na\r\n0\r\n\r\n", headers),
            "error: incomplete body");
  std::string trailers;
  for (int i = 0; i < 200; ++i) trailers += "name:" + std::string(93, 'v') + "\r\n";
  EXPECT_EQ(decode_unsigned("0\r\n" + trailers + "\r\n", headers), "error: incomplete body");
  EXPECT_EQ(decode_unsigned("0\r\n" + trailers.substr(0, 160 * 100) + "\r\n", headers), "");
}

TEST(AwsChunked, requests_say_that_they_are_chunked_in_two_ways) {
  EXPECT_TRUE(is_aws_chunked(request_of(kUnsignedHeaders)));
  EXPECT_TRUE(is_aws_chunked(request_of({{"Content-Encoding", "gzip, aws-chunked"}})));
  EXPECT_FALSE(is_aws_chunked(request_of({{"Content-Encoding", "gzip"}})));
  EXPECT_FALSE(is_aws_chunked(request_of({{"x-amz-content-sha256", "UNSIGNED-PAYLOAD"}})));
}

TEST(HashedBody, a_body_must_have_the_hash_that_was_signed) {
  Pieces body("hello world", 4);
  EXPECT_EQ(read_or_code(*hashed_body(
                body, "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9")),
            "hello world");
  Pieces other("hello World", 4);
  EXPECT_EQ(read_or_code(*hashed_body(
                other, "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9")),
            "error: payload hash mismatch");
  Pieces empty("", 4);
  EXPECT_EQ(read_or_code(*hashed_body(empty, payload_hash(""))), "");
}

}  // namespace
}  // namespace headrace::wire
