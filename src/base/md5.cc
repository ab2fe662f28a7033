#include "base/md5.h"

#include <bit>
#include <cstdint>
#include <cstring>

namespace headrace {
namespace {

static_assert(std::endian::native == std::endian::little, "words are loaded as they lie");

// floor(2^32 * |sin(i + 1)|), RFC 1321 section 3.4.
constexpr std::uint32_t kSines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr int kRotations[4][4] = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
constexpr std::uint32_t kInitial[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

constexpr std::size_t kBlockBytes = 64;
// What fits into one block with its mark and its length.
constexpr std::size_t kShortBytesMax = 55;

// One block; Word is one 32-bit number, or a vector of them, a lane for each message.
template <typename Word>
[[gnu::always_inline]] inline void transform(Word* state, const Word* block) {
  Word a = state[0];
  Word b = state[1];
  Word c = state[2];
  Word d = state[3];
#pragma clang loop unroll(full)
  for (std::size_t i = 0; i < 64; ++i) {
    const std::size_t round = i / 16;
    Word mixed = c ^ (b | ~d);
    std::size_t word = (7 * i) % 16;
    if (round == 0) {
      mixed = d ^ (b & (c ^ d));
      word = i;
    } else if (round == 1) {
      mixed = c ^ (d & (b ^ c));
      word = (5 * i + 1) % 16;
    } else if (round == 2) {
      mixed = b ^ c ^ d;
      word = (3 * i + 5) % 16;
    }
    const Word sum = a + mixed + block[word] + kSines[i];
    const int rotation = kRotations[round][i % 4];
    a = d;
    d = c;
    c = b;
    b = b + ((sum << rotation) | (sum >> (32 - rotation)));
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}

// The last bytes of a message of `message_bytes`, padded to one block or two; returns how many.
std::size_t pad(std::string_view rest, std::size_t message_bytes, unsigned char* blocks) {
  const std::size_t count = rest.size() > kShortBytesMax ? 2 : 1;
  std::memset(blocks, 0, count * kBlockBytes);
  if (!rest.empty()) std::memcpy(blocks, rest.data(), rest.size());
  blocks[rest.size()] = 0x80;
  const std::uint64_t bits = std::uint64_t{message_bytes} * 8;
  std::memcpy(blocks + count * kBlockBytes - sizeof bits, &bits, sizeof bits);
  return count;
}

void transform_bytes(std::uint32_t* state, const unsigned char* bytes) {
  std::uint32_t block[16];
  std::memcpy(block, bytes, sizeof block);
  transform(state, block);
}

#if defined(__x86_64__)

using Word8 = std::uint32_t __attribute__((vector_size(32)));
using Word16 = std::uint32_t __attribute__((vector_size(64)));

// The messages wait here, one padded block each, until every lane has one.
template <std::size_t kLanes>
struct Lanes {
  alignas(64) unsigned char blocks[kLanes][kBlockBytes] = {};
  std::size_t used_bytes[kLanes] = {};
  Md5Digest* out[kLanes] = {};
  std::size_t count = 0;

  void add(std::string_view key, Md5Digest* digest) {
    unsigned char* block = blocks[count];
    // Only what the lane's last message left behind has to be cleared.
    if (used_bytes[count] > key.size()) {
      std::memset(block + key.size(), 0, used_bytes[count] - key.size());
    }
    if (!key.empty()) std::memcpy(block, key.data(), key.size());
    block[key.size()] = 0x80;
    used_bytes[count] = key.size() + 1;
    const auto bits = static_cast<std::uint32_t>(key.size() * 8);
    std::memcpy(block + kShortBytesMax + 1, &bits, sizeof bits);
    out[count++] = digest;
  }
};

template <typename Word, std::size_t kLanes>
[[gnu::always_inline]] inline void hash_lanes(Lanes<kLanes>& lanes) {
  Word block[16];
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      std::uint32_t word;
      std::memcpy(&word, lanes.blocks[lane] + 4 * i, sizeof word);
      block[i][lane] = word;
    }
  }
  Word state[4];
  for (std::size_t i = 0; i < 4; ++i) state[i] = kInitial[i] - Word{};
  transform(state, block);
  for (std::size_t lane = 0; lane < lanes.count; ++lane) {
    const std::uint32_t digest[4] = {state[0][lane], state[1][lane], state[2][lane],
                                     state[3][lane]};
    std::memcpy(lanes.out[lane]->data(), digest, sizeof digest);
  }
  lanes.count = 0;
}

__attribute__((target("avx2"))) void hash(Lanes<8>& lanes) { hash_lanes<Word8>(lanes); }

__attribute__((target("avx512f,avx512vl"))) void hash(Lanes<16>& lanes) {
  hash_lanes<Word16>(lanes);
}

template <std::size_t kLanes>
void hash_many(std::span<const std::string_view> keys, Md5Digest* out) {
  Lanes<kLanes> lanes;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].size() > kShortBytesMax) {
      out[i] = md5(keys[i]);
      continue;
    }
    lanes.add(keys[i], &out[i]);
    if (lanes.count == kLanes) hash(lanes);
  }
  if (lanes.count > 0) hash(lanes);
}

#endif

}  // namespace

Md5Digest md5(std::string_view message) {
  std::uint32_t state[4] = {kInitial[0], kInitial[1], kInitial[2], kInitial[3]};
  std::string_view rest = message;
  for (; rest.size() >= kBlockBytes; rest.remove_prefix(kBlockBytes)) {
    transform_bytes(state, reinterpret_cast<const unsigned char*>(rest.data()));
  }
  unsigned char last[2 * kBlockBytes];
  const std::size_t count = pad(rest, message.size(), last);
  for (std::size_t i = 0; i < count; ++i) transform_bytes(state, last + i * kBlockBytes);
  Md5Digest digest;
  std::memcpy(digest.data(), state, digest.size());
  return digest;
}

namespace plain {

void md5_many(std::span<const std::string_view> keys, Md5Digest* out) {
  for (std::size_t i = 0; i < keys.size(); ++i) out[i] = md5(keys[i]);
}

}  // namespace plain

void md5_many(std::span<const std::string_view> keys, Md5Digest* out) {
#if defined(__x86_64__)
  // A call with one key or two would pay for empty lanes.
  if (keys.size() > 8 && __builtin_cpu_supports("avx512f") != 0 &&
      __builtin_cpu_supports("avx512vl") != 0) {
    return hash_many<16>(keys, out);
  }
  if (keys.size() > 2 && __builtin_cpu_supports("avx2") != 0) return hash_many<8>(keys, out);
#endif
  plain::md5_many(keys, out);
}

}  // namespace headrace
