#include "base/crc.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <limits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace headrace {
namespace {

// All three are reflected: bit i of a remainder of W bits is the coefficient of x^(W-1-i).
constexpr std::uint32_t kCrc32cPolynomial = 0x82f63b78;
constexpr std::uint32_t kCrc32Polynomial = 0xedb88320;
constexpr std::uint64_t kCrc64NvmePolynomial = 0x9a6c9329ac4bc9b5;

template <typename Word>
constexpr Word times_x(Word value, Word polynomial) {
  return static_cast<Word>((value >> 1) ^ ((value & 1) != 0 ? polynomial : Word{0}));
}

template <typename Word>
using Tables = std::array<std::array<Word, 256>, 16>;

// tables[k][b]: what byte b contributes when k more bytes follow it in the same step.
template <typename Word>
constexpr Tables<Word> make_tables(Word polynomial) {
  Tables<Word> tables{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    Word value = static_cast<Word>(byte);
    for (int bit = 0; bit < 8; ++bit) value = times_x(value, polynomial);
    tables[0][byte] = value;
  }
  for (std::size_t k = 1; k < 16; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const Word before = tables[k - 1][byte];
      tables[k][byte] = static_cast<Word>((before >> 8) ^ tables[0][before & 0xff]);
    }
  }
  return tables;
}

constexpr Tables<std::uint32_t> kCrc32cTables = make_tables(kCrc32cPolynomial);
constexpr Tables<std::uint32_t> kCrc32Tables = make_tables(kCrc32Polynomial);
constexpr Tables<std::uint64_t> kCrc64NvmeTables = make_tables(kCrc64NvmePolynomial);

// Slicing by 16. `state` is the bare remainder: the inversions are the callers'.
template <typename Word>
Word update(const Tables<Word>& tables, Word state, const unsigned char* in, std::size_t size) {
  for (; size >= 16; size -= 16, in += 16) {
    Word next = 0;
    for (std::size_t i = 0; i < 16; ++i) {
      const auto mixed = i < sizeof(Word)
                             ? in[i] ^ static_cast<unsigned char>(state >> (8 * (i % sizeof(Word))))
                             : in[i];
      next ^= tables[15 - i][static_cast<unsigned char>(mixed)];
    }
    state = next;
  }
  for (; size > 0; --size, ++in) {
    state = static_cast<Word>((state >> 8) ^ tables[0][static_cast<unsigned char>(state ^ *in)]);
  }
  return state;
}

const unsigned char* data_of(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

#if defined(__x86_64__)

// x^exponent modulo the polynomial.
template <typename Word>
constexpr Word power_of_x(std::size_t exponent, Word polynomial) {
  Word value = Word{1} << (8 * sizeof(Word) - 1);
  for (std::size_t i = 0; i < exponent; ++i) value = times_x(value, polynomial);
  return value;
}

#define HEADRACE_PCLMUL __attribute__((target("pclmul,sse4.2")))

bool has_pclmul() { return __builtin_cpu_supports("pclmul") != 0; }

std::uint64_t load64(const unsigned char* in) {
  std::uint64_t value;
  std::memcpy(&value, in, sizeof value);
  return value;
}

// Bytes of one of the three streams that the CRC32C unit works on at once.
constexpr std::size_t kStreamBytes = 1024;

// state * x^(8 * kBytes): what `kBytes` more bytes of zero would make of it. The instruction
// reduces a 64-bit value times x^32, and a product of reflected words carries another x: hence 33.
template <std::size_t kBytes>
HEADRACE_PCLMUL std::uint64_t shift_crc32c(std::uint64_t state) {
  constexpr std::uint32_t kFactor = power_of_x(8 * kBytes - 33, kCrc32cPolynomial);
  const __m128i product =
      _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<long long>(state)),
                           _mm_cvtsi64_si128(static_cast<long long>(kFactor)), 0);
  return _mm_crc32_u64(0, static_cast<std::uint64_t>(_mm_cvtsi128_si64(product)));
}

HEADRACE_PCLMUL std::uint32_t update_crc32c(std::uint32_t state, const unsigned char* in,
                                            std::size_t size) {
  std::uint64_t first = state;
  for (; size >= 3 * kStreamBytes; size -= 3 * kStreamBytes, in += 3 * kStreamBytes) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t i = 0; i < kStreamBytes; i += 8) {
      first = _mm_crc32_u64(first, load64(in + i));
      second = _mm_crc32_u64(second, load64(in + kStreamBytes + i));
      third = _mm_crc32_u64(third, load64(in + 2 * kStreamBytes + i));
    }
    first = shift_crc32c<2 * kStreamBytes>(first) ^ shift_crc32c<kStreamBytes>(second) ^ third;
  }
  for (; size >= 8; size -= 8, in += 8) first = _mm_crc32_u64(first, load64(in));
  auto rest = static_cast<std::uint32_t>(first);
  for (; size > 0; --size, ++in) rest = _mm_crc32_u8(rest, *in);
  return rest;
}

// The factors that carry 128 bits over a distance: one for each half, as reflected 64-bit words.
// The first half lies 64 bits further from the end, and each product carries another x.
template <auto kPolynomial, std::size_t kDistanceBits>
HEADRACE_PCLMUL __m128i fold(__m128i value, __m128i next) {
  constexpr std::size_t kUp = 64 - std::numeric_limits<decltype(kPolynomial)>::digits;
  constexpr auto kFirst = std::uint64_t{power_of_x(kDistanceBits + 63, kPolynomial)} << kUp;
  constexpr auto kSecond = std::uint64_t{power_of_x(kDistanceBits - 1, kPolynomial)} << kUp;
  const __m128i factors =
      _mm_set_epi64x(static_cast<long long>(kSecond), static_cast<long long>(kFirst));
  const __m128i first = _mm_clmulepi64_si128(value, factors, 0x00);
  const __m128i second = _mm_clmulepi64_si128(value, factors, 0x11);
  return _mm_xor_si128(_mm_xor_si128(first, second), next);
}

HEADRACE_PCLMUL __m128i load128(const unsigned char* in) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(in));
}

// Folds four lanes of 16 bytes at a time, then one, into 16 bytes that have the same remainder, and
// leaves those and what is left to the tables.
template <auto kPolynomial, typename Word>
HEADRACE_PCLMUL Word update_by_folding(const Tables<Word>& tables, Word state,
                                       const unsigned char* in, std::size_t size) {
  if (size < 64) return update(tables, state, in, size);
  __m128i lanes[4] = {load128(in), load128(in + 16), load128(in + 32), load128(in + 48)};
  lanes[0] = _mm_xor_si128(
      lanes[0], _mm_cvtsi64_si128(static_cast<long long>(static_cast<std::uint64_t>(state))));
  for (in += 64, size -= 64; size >= 64; in += 64, size -= 64) {
    for (std::size_t lane = 0; lane < 4; ++lane) {
      lanes[lane] = fold<kPolynomial, 512>(lanes[lane], load128(in + 16 * lane));
    }
  }
  __m128i value = lanes[0];
  for (std::size_t lane = 1; lane < 4; ++lane) value = fold<kPolynomial, 128>(value, lanes[lane]);
  for (; size >= 16; in += 16, size -= 16) value = fold<kPolynomial, 128>(value, load128(in));
  unsigned char folded[16];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(folded), value);
  return update(tables, update(tables, Word{0}, folded, sizeof folded), in, size);
}

#endif

}  // namespace

namespace plain {

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed) {
  return ~update(kCrc32cTables, ~seed, data_of(bytes), bytes.size());
}

std::uint32_t crc32(std::string_view bytes, std::uint32_t seed) {
  return ~update(kCrc32Tables, ~seed, data_of(bytes), bytes.size());
}

std::uint64_t crc64nvme(std::string_view bytes, std::uint64_t seed) {
  return ~update(kCrc64NvmeTables, ~seed, data_of(bytes), bytes.size());
}

}  // namespace plain

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed) {
#if defined(__x86_64__)
  if (has_pclmul()) return ~update_crc32c(~seed, data_of(bytes), bytes.size());
#endif
  return plain::crc32c(bytes, seed);
}

std::uint32_t crc32(std::string_view bytes, std::uint32_t seed) {
#if defined(__x86_64__)
  if (has_pclmul()) {
    return ~update_by_folding<kCrc32Polynomial>(kCrc32Tables, ~seed, data_of(bytes), bytes.size());
  }
#endif
  return plain::crc32(bytes, seed);
}

std::uint64_t crc64nvme(std::string_view bytes, std::uint64_t seed) {
#if defined(__x86_64__)
  if (has_pclmul()) {
    return ~update_by_folding<kCrc64NvmePolynomial>(kCrc64NvmeTables, ~seed, data_of(bytes),
                                                    bytes.size());
  }
#endif
  return plain::crc64nvme(bytes, seed);
}

}  // namespace headrace
