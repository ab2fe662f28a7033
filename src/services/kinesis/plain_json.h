// JSON as SDKs write it, without escapes: the cursor of PutRecord's and PutRecords' own readers.
#pragma once

#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/base64.h"

namespace headrace::services::kinesis {

// How many characters from `begin` on need no escape in a JSON string: ASCII without controls,
// quotes and backslashes.
std::size_t plain_prefix(const char* begin, const char* end);

// Goes through a document piece by piece. What answers false or nothing did not find its piece;
// readers then leave the document to the general one.
class PlainJson {
 public:
  explicit PlainJson(std::string_view document)
      : at_(document.data()), end_(document.data() + document.size()) {}

  // How much is left, and what of it comes next; only where something is left.
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  char peek(std::size_t ahead = 0) const { return at_[ahead]; }

  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }

  bool at_end() {
    skip_space();
    return at_ == end_;
  }

  bool take(char c) {
    skip_space();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  // `name`, which ends with its quote, and the colon; nothing when one of them is missing.
  bool take_name(std::string_view name) {
    if (left() < name.size() || std::memcmp(at_, name.data(), name.size()) != 0) return false;
    const char* const before = at_;
    at_ += name.size();
    if (take(':')) return true;
    at_ = before;
    return false;
  }

  // The same with the quote that opens a string.
  bool take_name_of_text(std::string_view name) {
    const char* const before = at_;
    if (take_name(name) && take('"')) return true;
    at_ = before;
    return false;
  }

  // A string whose opening quote was taken.
  std::optional<std::string_view> text() {
    const char* const begin = at_;
    at_ += plain_prefix(at_, end_);
    if (at_ == end_ || *at_ != '"') return std::nullopt;
    return std::string_view(begin, static_cast<std::size_t>(at_++ - begin));
  }

  // Base64 whose opening quote was taken, decoded to `out`; its size.
  std::optional<std::size_t> base64(char* out) {
    const QuotedBase64 found = decode_until_quote(at_, end_, out);
    if (!found.ok) return std::nullopt;
    at_ += found.consumed + 1;
    return found.written;
  }

 private:
  const char* at_;
  const char* end_;
};

}  // namespace headrace::services::kinesis
