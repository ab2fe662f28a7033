// Base64 (RFC 4648, the standard alphabet), strict: padding is required, nothing else is allowed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace headrace {

// Characters that `size` bytes become, and an upper bound of the bytes that `size` characters hold.
constexpr std::size_t base64_encoded_size(std::size_t size) { return (size + 2) / 3 * 4; }
constexpr std::size_t base64_decoded_size_max(std::size_t size) { return size / 4 * 3; }

// Writes exactly base64_encoded_size(bytes.size()) characters to `out`, and returns that number.
std::size_t base64_encode(std::string_view bytes, char* out);
std::string base64_encode(std::string_view bytes);

// Writes at most base64_decoded_size_max(text.size()) bytes to `out` (which must not overlap
// `text`), and returns how many. Nothing when `text` is not canonical base64: a length that is no
// multiple of four, characters outside the alphabet, white space, padding in the middle, or set
// bits under the padding; `out` may have been written to by then.
std::optional<std::size_t> base64_decode(std::string_view text, char* out);
std::optional<std::string> base64_decode(std::string_view text);

// What decode_until_quote found: `consumed` characters before the quote, `written` bytes.
// When `ok` is false the text was not canonical base64 or had no quote (an escape, for example,
// which a general reader may still understand), and the numbers mean nothing.
struct QuotedBase64 {
  std::size_t consumed = 0;
  std::size_t written = 0;
  bool ok = false;
};

// Decodes [begin, quote) where quote is the first '"' of [begin, end), found in the same pass.
// `out` needs room for base64_decoded_size_max(end - begin) bytes, of which only `written` mean
// anything afterwards; it never needs more than that though blocks of 32 bytes are stored.
QuotedBase64 decode_until_quote(const char* begin, const char* end, char* out);

// The same functions without SIMD: what other processors run, and the tests' measure.
namespace plain {
std::size_t base64_encode(std::string_view bytes, char* out);
std::optional<std::size_t> base64_decode(std::string_view text, char* out);
QuotedBase64 decode_until_quote(const char* begin, const char* end, char* out);
}  // namespace plain

}  // namespace headrace
