// Any bytes as an aws-chunked body, cut into pieces: decoding never crashes, always ends, and gives
// the same bytes however they are cut.

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "wire/aws_chunked.h"

namespace {

using namespace headrace;
namespace asio = boost::asio;

class Pieces final : public http::Body {
 public:
  Pieces(std::string_view bytes, std::size_t step) : bytes_(bytes), step_(step) {}
  asio::awaitable<Result<std::string_view>> next() override {
    const std::string_view piece = bytes_.substr(0, std::min(step_, bytes_.size()));
    bytes_.remove_prefix(piece.size());
    co_return piece;
  }
  std::int64_t declared_size() const override { return -1; }

 private:
  std::string_view bytes_;
  std::size_t step_;
};

asio::awaitable<void> drain(http::Body* body, std::string* out) {
  while (true) {
    const auto piece = co_await body->next();
    if (!piece) {
      *out = "error";
      co_return;
    }
    if (piece->empty()) co_return;
    out->append(*piece);
  }
}

std::string decode(std::string_view mode, std::string_view bytes, std::size_t step) {
  http::Request request;
  request.headers = {{"x-amz-content-sha256", mode}};
  Pieces pieces(bytes, step);
  const auto body = wire::aws_chunked_body(request, pieces, std::nullopt);
  std::string out;
  asio::io_context io;
  asio::co_spawn(io, drain(body.get(), &out), asio::detached);
  io.run();
  return out;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static constexpr std::string_view kModes[] = {
      wire::kStreamingSigned, wire::kStreamingSignedTrailer, wire::kStreamingUnsignedTrailer};
  const std::string_view mode = kModes[data[0] % 3];
  const std::size_t step = data[1] % 64U + 1;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::string whole = decode(mode, bytes, std::max<std::size_t>(bytes.size(), 1));
  CHECK(whole == decode(mode, bytes, step));
  CHECK(whole == "error" || whole.size() <= bytes.size());
  return 0;
}
