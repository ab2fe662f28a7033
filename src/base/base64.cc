#include "base/base64.h"

#include <array>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace headrace {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint32_t kInvalid = 0xff000000;

// kSextets[i][c]: the six bits of character c at place i of a quad, already shifted; or kInvalid.
constexpr auto kSextets = [] {
  std::array<std::array<std::uint32_t, 256>, 4> tables{};
  for (std::size_t place = 0; place < 4; ++place) {
    tables[place].fill(kInvalid);
    for (std::uint32_t value = 0; value < 64; ++value) {
      tables[place][static_cast<unsigned char>(kAlphabet[value])] = value << (18 - 6 * place);
    }
  }
  return tables;
}();

std::uint32_t sextet(std::size_t place, char c) {
  return kSextets[place][static_cast<unsigned char>(c)];
}

std::uint32_t quad(const char* in) {
  return sextet(0, in[0]) | sextet(1, in[1]) | sextet(2, in[2]) | sextet(3, in[3]);
}

void store3(std::uint32_t value, char* out) {
  out[0] = static_cast<char>(value >> 16);
  out[1] = static_cast<char>(value >> 8);
  out[2] = static_cast<char>(value);
}

// A last quad that ends in '='; the number of its bytes, or 0 when it is none.
std::size_t decode_padded(const char* in, char* out) {
  if (in[3] != '=') return 0;
  const bool two = in[2] == '=';
  const std::uint32_t value = sextet(0, in[0]) | sextet(1, in[1]) | (two ? 0U : sextet(2, in[2]));
  const std::uint32_t unused = two ? 0xffffU : 0xffU;
  if ((value & (kInvalid | unused)) != 0) return 0;
  out[0] = static_cast<char>(value >> 16);
  if (!two) out[1] = static_cast<char>(value >> 8);
  return two ? 1 : 2;
}

std::size_t encode_rest(const unsigned char* in, std::size_t size, char* out) {
  char* const start = out;
  for (; size >= 3; size -= 3, in += 3, out += 4) {
    const std::uint32_t value = static_cast<std::uint32_t>(in[0] << 16 | in[1] << 8 | in[2]);
    out[0] = kAlphabet[value >> 18];
    out[1] = kAlphabet[value >> 12 & 63];
    out[2] = kAlphabet[value >> 6 & 63];
    out[3] = kAlphabet[value & 63];
  }
  if (size > 0) {
    const std::uint32_t value =
        static_cast<std::uint32_t>(in[0] << 16 | (size > 1 ? in[1] << 8 : 0));
    out[0] = kAlphabet[value >> 18];
    out[1] = kAlphabet[value >> 12 & 63];
    out[2] = size > 1 ? kAlphabet[value >> 6 & 63] : '=';
    out[3] = '=';
    out += 4;
  }
  return static_cast<std::size_t>(out - start);
}

// Both return the whole of the text from `begin` on, of which [begin, in) has been decoded into
// [start, out).
std::optional<std::size_t> decode_rest(const char* in, const char* end, char* start, char* out) {
  for (; end - in >= 4; in += 4, out += 3) {
    const std::uint32_t value = quad(in);
    if ((value & kInvalid) != 0) {
      const std::size_t bytes = decode_padded(in, out);
      if (bytes == 0 || end - in != 4) return std::nullopt;
      return static_cast<std::size_t>(out - start) + bytes;
    }
    store3(value, out);
  }
  if (in != end) return std::nullopt;
  return static_cast<std::size_t>(out - start);
}

QuotedBase64 quoted_rest(const char* begin, const char* in, const char* end, char* start,
                         char* out) {
  std::size_t padded_bytes = 0;
  for (; end - in >= 4; in += 4, out += 3) {
    const std::uint32_t value = quad(in);
    if ((value & kInvalid) != 0) {
      if (*in == '"') break;
      padded_bytes = decode_padded(in, out);
      if (padded_bytes == 0) return {};
      in += 4;
      break;
    }
    store3(value, out);
  }
  if (in == end || *in != '"') return {};
  return {static_cast<std::size_t>(in - begin),
          static_cast<std::size_t>(out - start) + padded_bytes, true};
}

#if defined(__x86_64__)

// A block of 32 characters gives 24 bytes, but its store touches 32: while this many characters are
// left, their bytes' room covers the surplus.
constexpr std::ptrdiff_t kDecodeRoom = 44;
// A block reads 28 bytes for the 24 that it encodes.
constexpr std::size_t kEncodeRoom = 28;

#define HEADRACE_AVX2 __attribute__((target("avx2")))

bool has_avx2() { return __builtin_cpu_supports("avx2") != 0; }

// The vector method of Wojciech Mula and Daniel Lemire, "Faster Base64 Encoding and Decoding using
// AVX2 Instructions" (2018): characters are classified by their two nibbles, each class has one
// offset to its values, and two multiply-adds pack four sextets into three bytes.
HEADRACE_AVX2 bool decode_block(const char* in, char* out) {
  const __m256i kLow =
      _mm256_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b,
                       0x1b, 0x1b, 0x1a, 0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
                       0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a);
  const __m256i kHigh =
      _mm256_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10,
                       0x10, 0x10, 0x10, 0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10,
                       0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
  const __m256i kOffset =
      _mm256_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 19, 4, -65,
                       -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m256i kPack = _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1,  //
                                         2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
  const __m256i slash = _mm256_set1_epi8(0x2f);

  const __m256i text = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in));
  const __m256i high = _mm256_and_si256(_mm256_srli_epi32(text, 4), slash);
  const __m256i low = _mm256_and_si256(text, slash);
  if (_mm256_testz_si256(_mm256_shuffle_epi8(kLow, low), _mm256_shuffle_epi8(kHigh, high)) == 0) {
    return false;
  }
  const __m256i is_slash = _mm256_cmpeq_epi8(text, slash);
  const __m256i offset = _mm256_shuffle_epi8(kOffset, _mm256_add_epi8(is_slash, high));
  const __m256i sextets = _mm256_add_epi8(text, offset);
  const __m256i pairs = _mm256_maddubs_epi16(sextets, _mm256_set1_epi32(0x01400140));
  const __m256i triples = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
  const __m256i packed = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(triples, kPack),
                                                     _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), packed);
  return true;
}

// Decodes whole blocks while they are clean, and moves both pointers past them.
HEADRACE_AVX2 void decode_blocks(const char*& in, const char* end, char*& out) {
  while (end - in >= kDecodeRoom && decode_block(in, out)) {
    in += 32;
    out += 24;
  }
}

HEADRACE_AVX2 __m256i sextets_of(const unsigned char* in) {
  const __m256i bytes = _mm256_set_m128i(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in + 12)),
                                         _mm_loadu_si128(reinterpret_cast<const __m128i*>(in)));
  const __m256i spread = _mm256_shuffle_epi8(
      bytes, _mm256_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10,  //
                              1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10));
  const __m256i even = _mm256_mulhi_epu16(_mm256_and_si256(spread, _mm256_set1_epi32(0x0fc0fc00)),
                                          _mm256_set1_epi32(0x04000040));
  const __m256i odd = _mm256_mullo_epi16(_mm256_and_si256(spread, _mm256_set1_epi32(0x003f03f0)),
                                         _mm256_set1_epi32(0x01000010));
  return _mm256_or_si256(even, odd);
}

HEADRACE_AVX2 void encode_blocks(const unsigned char*& in, std::size_t& size, char*& out) {
  const __m256i kOffset =
      _mm256_setr_epi8('a' - 26, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 'A', 0, 0,  //
                       'a' - 26, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 'A', 0, 0);
  for (; size >= kEncodeRoom; size -= 24, in += 24, out += 32) {
    const __m256i sextets = sextets_of(in);
    // The class of a value: 13 for capitals, 0 for small letters, 1 to 10 for digits, then + and /.
    const __m256i above = _mm256_subs_epu8(sextets, _mm256_set1_epi8(51));
    const __m256i capital = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), sextets);
    const __m256i kind = _mm256_or_si256(above, _mm256_and_si256(capital, _mm256_set1_epi8(13)));
    const __m256i text = _mm256_add_epi8(_mm256_shuffle_epi8(kOffset, kind), sextets);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), text);
  }
}

#endif

}  // namespace

namespace plain {

std::size_t base64_encode(std::string_view bytes, char* out) {
  return encode_rest(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out);
}

std::optional<std::size_t> base64_decode(std::string_view text, char* out) {
  return decode_rest(text.data(), text.data() + text.size(), out, out);
}

QuotedBase64 decode_until_quote(const char* begin, const char* end, char* out) {
  return quoted_rest(begin, begin, end, out, out);
}

}  // namespace plain

std::size_t base64_encode(std::string_view bytes, char* out) {
  const auto* in = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t size = bytes.size();
  char* const start = out;
#if defined(__x86_64__)
  if (has_avx2()) encode_blocks(in, size, out);
#endif
  return static_cast<std::size_t>(out - start) + encode_rest(in, size, out);
}

std::string base64_encode(std::string_view bytes) {
  std::string text(base64_encoded_size(bytes.size()), '\0');
  base64_encode(bytes, text.data());
  return text;
}

std::optional<std::size_t> base64_decode(std::string_view text, char* out) {
  const char* in = text.data();
  const char* const end = in + text.size();
  char* const start = out;
#if defined(__x86_64__)
  if (has_avx2()) decode_blocks(in, end, out);
#endif
  return decode_rest(in, end, start, out);
}

std::optional<std::string> base64_decode(std::string_view text) {
  std::string bytes(base64_decoded_size_max(text.size()), '\0');
  const auto size = base64_decode(text, bytes.data());
  if (!size) return std::nullopt;
  bytes.resize(*size);
  return bytes;
}

QuotedBase64 decode_until_quote(const char* begin, const char* end, char* out) {
  const char* in = begin;
  char* const start = out;
#if defined(__x86_64__)
  if (has_avx2()) decode_blocks(in, end, out);
#endif
  return quoted_rest(begin, in, end, start, out);
}

}  // namespace headrace
