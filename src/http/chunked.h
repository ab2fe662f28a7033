// The chunked transfer coding (RFC 9112 section 7.1), taken off piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace::http {

class ChunkedDecoder {
 public:
  // `data` is a part of the bytes that were given, `consumed` counts from their start.
  struct Step {
    std::size_t consumed = 0;
    std::string_view data;
  };

  // Takes a prefix of `bytes`: up to the end of some data, of the body (then done()), or all of
  // them when more is needed. Nothing: the coding is malformed or a line in it is too long.
  std::optional<Step> decode(std::string_view bytes);
  bool done() const { return state_ == State::kDone; }
  // The first trailer field of that name (any case), once done(); else an empty view.
  std::string_view trailer(std::string_view name) const;

 private:
  enum class State : std::uint8_t { kSize, kData, kDataEnd, kTrailer, kDone };

  bool take_line(std::string_view bytes, std::size_t& position);
  bool read_line();

  State state_ = State::kSize;
  std::uint64_t remaining_ = 0;  // of the chunk
  std::string line_;             // what has arrived of it
  std::size_t trailer_bytes_ = 0;
  std::vector<std::pair<std::string, std::string>> trailers_;
};

}  // namespace headrace::http
