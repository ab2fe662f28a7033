#include "wire/cbor.h"

#include <bit>
#include <cmath>

#include "wire/utf8.h"

namespace headrace::wire {
namespace {

constexpr std::uint8_t kFalse = 20;
constexpr std::uint8_t kTrue = 21;
constexpr std::uint8_t kNull = 22;
constexpr std::uint8_t kUndefined = 23;
constexpr std::uint8_t kHalf = 25;
constexpr std::uint8_t kSingle = 26;
constexpr std::uint8_t kDouble = 27;

double from_half(std::uint64_t bits) {
  const int exponent = static_cast<int>(bits >> 10 & 0x1f);
  const auto fraction = static_cast<double>(bits & 0x3ff);
  double value = 0;
  if (exponent == 0) {
    value = std::ldexp(fraction, -24);
  } else if (exponent < 31) {
    value = std::ldexp(fraction + 1024, exponent - 25);
  } else {
    value = fraction == 0 ? HUGE_VAL : std::nan("");
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

}  // namespace

bool CborHead::is_null() const {
  return major == CborMajor::kSimple && (info == kNull || info == kUndefined);
}

std::optional<bool> CborHead::boolean() const {
  if (major != CborMajor::kSimple || (info != kFalse && info != kTrue)) return std::nullopt;
  return info == kTrue;
}

std::optional<double> CborHead::real() const {
  if (major != CborMajor::kSimple) return std::nullopt;
  if (info == kHalf) return from_half(argument);
  if (info == kSingle) {
    return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(argument)));
  }
  if (info == kDouble) return std::bit_cast<double>(argument);
  return std::nullopt;
}

std::optional<CborHead> CborReader::head() {
  if (rest_.empty()) return std::nullopt;
  const auto first = static_cast<unsigned char>(rest_[0]);
  CborHead head{static_cast<CborMajor>(first >> 5), static_cast<std::uint8_t>(first & 0x1f), 0};
  rest_.remove_prefix(1);
  if (head.info < 24) {
    head.argument = head.info;
    return head;
  }
  if (head.indefinite()) {
    const bool possible = head.major != CborMajor::kUnsigned &&
                          head.major != CborMajor::kNegative && head.major != CborMajor::kTag;
    return possible ? std::optional(head) : std::nullopt;
  }
  if (head.info > 27) return std::nullopt;
  const auto bytes = take(1ULL << (head.info - 24));
  if (!bytes) return std::nullopt;
  for (const char c : *bytes) head.argument = head.argument << 8 | static_cast<unsigned char>(c);
  return head;
}

std::optional<std::string_view> CborReader::take(std::uint64_t size) {
  if (size > rest_.size()) return std::nullopt;
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::optional<std::string_view> CborReader::plain(CborMajor major) {
  const auto head = this->head();
  if (!head || head->major != major || head->indefinite()) return std::nullopt;
  return take(head->argument);
}

bool CborReader::append_string(const CborHead& head, std::string& out) {
  if (!head.indefinite()) {
    const auto bytes = take(head.argument);
    if (bytes) out.append(*bytes);
    return bytes.has_value();
  }
  while (true) {
    const auto chunk = this->head();
    if (!chunk) return false;
    if (chunk->is_break()) return true;
    if (chunk->major != head.major || chunk->indefinite()) return false;
    const auto bytes = take(chunk->argument);
    if (!bytes) return false;
    out.append(*bytes);
  }
}

bool CborReader::at_end_of(const CborHead& head, std::uint64_t count) {
  if (!head.indefinite()) return count == head.argument;
  if (rest_.empty() || static_cast<unsigned char>(rest_[0]) != 0xff) return false;
  rest_.remove_prefix(1);
  return true;
}

char* write_cbor_head(char* out, CborMajor major, std::uint64_t argument) {
  const auto type = static_cast<unsigned>(major) << 5;
  if (argument < 24) {
    *out++ = static_cast<char>(type | static_cast<unsigned>(argument));
    return out;
  }
  unsigned info = 24;
  unsigned size = 1;
  while (size < 8 && argument >> (8 * size) != 0) {
    size *= 2;
    ++info;
  }
  *out++ = static_cast<char>(type | info);
  for (unsigned shift = 8 * size; shift > 0;) {
    shift -= 8;
    *out++ = static_cast<char>(argument >> shift & 0xff);
  }
  return out;
}

void append_cbor_head(std::string& out, CborMajor major, std::uint64_t argument) {
  char head[kCborHeadBytesMax];
  out.append(head, write_cbor_head(head, major, argument));
}

void append_cbor_bytes(std::string& out, std::string_view bytes) {
  append_cbor_head(out, CborMajor::kBytes, bytes.size());
  out.append(bytes);
}

void append_cbor_text(std::string& out, std::string_view text) {
  if (!is_utf8(text)) return append_cbor_text(out, as_utf8(text));
  append_cbor_head(out, CborMajor::kText, text.size());
  out.append(text);
}

void append_cbor_integer(std::string& out, std::int64_t value) {
  if (value >= 0) {
    append_cbor_head(out, CborMajor::kUnsigned, static_cast<std::uint64_t>(value));
  } else {
    append_cbor_head(out, CborMajor::kNegative, static_cast<std::uint64_t>(-(value + 1)));
  }
}

void append_cbor_double(std::string& out, double value) {
  out.push_back(static_cast<char>(0xe0 | kDouble));
  const auto bits = std::bit_cast<std::uint64_t>(value);
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(bits >> shift));
}

void append_cbor_boolean(std::string& out, bool value) {
  out.push_back(static_cast<char>(0xe0 | (value ? kTrue : kFalse)));
}

void append_cbor_timestamp(std::string& out, std::int64_t ms) {
  append_cbor_head(out, CborMajor::kTag, kCborTimeTag);
  append_cbor_integer(out, ms);
}

}  // namespace headrace::wire
