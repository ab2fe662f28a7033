#include "http/chunked.h"

#include <algorithm>
#include <charconv>

#include "http/fields.h"

namespace headrace::http {
namespace {

constexpr std::size_t kLineBytesMax = 4096;
constexpr std::size_t kTrailerBytesMax = 16U << 10;
constexpr std::size_t kSizeDigitsMax = 15;

// Sizes are hexadecimal; extensions after ';' are dropped, blanks may precede that only.
std::optional<std::uint64_t> parse_size(std::string_view line) {
  const std::size_t semicolon = line.find(';');
  const std::string_view digits =
      semicolon == std::string_view::npos || line.front() == ' ' || line.front() == '\t'
          ? line.substr(0, semicolon)
          : trim(line.substr(0, semicolon));
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), size, 16);
  if (error != std::errc() || end != digits.end() || digits.size() > kSizeDigitsMax ||
      !is_field_value(line)) {
    return std::nullopt;
  }
  return size;
}

}  // namespace

// True once line_ holds a whole line; false: it is malformed or goes on in the next bytes, in which
// case all of `bytes` is taken.
bool ChunkedDecoder::take_line(std::string_view bytes, std::size_t& position) {
  const std::size_t end = bytes.find('\n', position);
  const std::size_t stop = end == std::string_view::npos ? bytes.size() : end;
  const std::string_view part = bytes.substr(position, stop - position);
  line_.append(part.substr(0, kLineBytesMax + 1 - std::min(line_.size(), kLineBytesMax)));
  position = end == std::string_view::npos ? bytes.size() : end + 1;
  return end != std::string_view::npos;
}

bool ChunkedDecoder::read_line() {
  if (line_.size() > kLineBytesMax || !line_.ends_with('\r')) {
    return false;
  }
  const std::string_view line = std::string_view(line_).substr(0, line_.size() - 1);
  if (state_ == State::kSize) {
    const auto size = parse_size(line);
    remaining_ = size.value_or(0);
    state_ = remaining_ > 0 ? State::kData : State::kTrailer;
    return size.has_value();
  }
  if (state_ == State::kDataEnd) {
    state_ = State::kSize;
    return line.empty();
  }
  if (line.empty()) {
    state_ = State::kDone;
    return true;
  }
  const auto field = parse_field(line);
  trailer_bytes_ += line_.size();
  if (!field || trailer_bytes_ > kTrailerBytesMax) {
    return false;
  }
  trailers_.emplace_back(field->name, field->value);
  return true;
}

std::optional<ChunkedDecoder::Step> ChunkedDecoder::decode(std::string_view bytes) {
  std::size_t position = 0;
  while (position < bytes.size() && state_ != State::kDone) {
    if (state_ == State::kData) {
      const std::size_t size =
          static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size() - position));
      remaining_ -= size;
      state_ = remaining_ == 0 ? State::kDataEnd : State::kData;
      return Step{.consumed = position + size, .data = bytes.substr(position, size)};
    }
    if (!take_line(bytes, position)) {
      if (line_.size() > kLineBytesMax) {
        return std::nullopt;
      }
      break;
    }
    if (!read_line()) {
      return std::nullopt;
    }
    line_.clear();
  }
  return Step{.consumed = position, .data = {}};
}

std::string_view ChunkedDecoder::trailer(std::string_view name) const {
  for (const auto& [field, value] : trailers_) {
    if (done() && same_name(field, name)) {
      return value;
    }
  }
  return {};
}

}  // namespace headrace::http
