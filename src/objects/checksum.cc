#include "objects/checksum.h"

#include <openssl/evp.h>

#include <utility>

#include "base/check.h"
#include "base/crc.h"

namespace headrace::objects {
namespace {

// All three CRCs are reflected: the highest bit of a word is the coefficient of x^0.
template <typename Word>
constexpr Word kOne = Word{1} << (8 * sizeof(Word) - 1);

constexpr std::uint32_t kCrc32Polynomial = 0xedb88320;
constexpr std::uint32_t kCrc32cPolynomial = 0x82f63b78;
constexpr std::uint64_t kCrc64NvmePolynomial = 0x9a6c9329ac4bc9b5;

template <typename Word>
Word multiply(Word a, Word b, Word polynomial) {
  Word product = 0;
  for (Word bit = kOne<Word>; bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = static_cast<Word>((b >> 1) ^ ((b & 1) != 0 ? polynomial : Word{0}));
  }
  return product;
}

// x^(8 * bytes): what that many bytes behind a message do to its remainder.
template <typename Word>
Word shift_by(std::uint64_t bytes, Word polynomial) {
  Word power = kOne<Word> >> 8;
  Word result = kOne<Word>;
  for (; bytes != 0; bytes >>= 1) {
    if ((bytes & 1) != 0) result = multiply(result, power, polynomial);
    power = multiply(power, power, polynomial);
  }
  return result;
}

// The inversions before and after cancel out, so finished values combine as remainders do.
template <typename Word>
Word combine_words(Word first, Word second, std::uint64_t second_size, Word polynomial) {
  return multiply(shift_by(second_size, polynomial), first, polynomial) ^ second;
}

template <typename Word>
std::string big_endian(Word value) {
  std::string out(sizeof(Word), '\0');
  for (std::size_t i = sizeof(Word); i-- > 0; value >>= 8) out[i] = static_cast<char>(value & 0xff);
  return out;
}

template <typename Word>
Word from_big_endian(std::string_view bytes) {
  CHECK(bytes.size() == sizeof(Word));
  Word value = 0;
  for (const char c : bytes)
    value = static_cast<Word>((value << 8) | static_cast<unsigned char>(c));
  return value;
}

}  // namespace

std::string_view name(ChecksumAlgorithm algorithm) {
  switch (algorithm) {
    case ChecksumAlgorithm::kCrc32: return "CRC32";
    case ChecksumAlgorithm::kCrc32c: return "CRC32C";
    case ChecksumAlgorithm::kCrc64Nvme: return "CRC64NVME";
    case ChecksumAlgorithm::kSha1: return "SHA1";
    case ChecksumAlgorithm::kSha256: return "SHA256";
  }
  return "";
}

std::optional<ChecksumAlgorithm> parse_checksum_algorithm(std::string_view text) {
  for (const auto algorithm :
       {ChecksumAlgorithm::kCrc32, ChecksumAlgorithm::kCrc32c, ChecksumAlgorithm::kCrc64Nvme,
        ChecksumAlgorithm::kSha1, ChecksumAlgorithm::kSha256}) {
    if (name(algorithm) == text) return algorithm;
  }
  return std::nullopt;
}

std::string combine(ChecksumAlgorithm algorithm, std::string_view first, std::string_view second,
                    std::uint64_t second_size) {
  if (algorithm == ChecksumAlgorithm::kCrc64Nvme) {
    return big_endian(combine_words(from_big_endian<std::uint64_t>(first),
                                    from_big_endian<std::uint64_t>(second), second_size,
                                    kCrc64NvmePolynomial));
  }
  CHECK(algorithm == ChecksumAlgorithm::kCrc32 || algorithm == ChecksumAlgorithm::kCrc32c);
  const std::uint32_t polynomial =
      algorithm == ChecksumAlgorithm::kCrc32 ? kCrc32Polynomial : kCrc32cPolynomial;
  return big_endian(combine_words(from_big_endian<std::uint32_t>(first),
                                  from_big_endian<std::uint32_t>(second), second_size, polynomial));
}

std::string checksum_of(ChecksumAlgorithm algorithm, std::string_view bytes) {
  ChecksumDigest digest(algorithm);
  digest.update(bytes);
  return digest.finish();
}

struct ChecksumDigest::Sha {
  explicit Sha(const EVP_MD* kind) : context(EVP_MD_CTX_new()) {
    CHECK(context != nullptr && EVP_DigestInit_ex(context, kind, nullptr) == 1);
  }
  ~Sha() { EVP_MD_CTX_free(context); }
  Sha(const Sha&) = delete;
  Sha& operator=(const Sha&) = delete;

  EVP_MD_CTX* context;
};

ChecksumDigest::ChecksumDigest(ChecksumAlgorithm algorithm) : algorithm_(algorithm) {
  if (algorithm == ChecksumAlgorithm::kSha1) sha_ = std::make_unique<Sha>(EVP_sha1());
  if (algorithm == ChecksumAlgorithm::kSha256) sha_ = std::make_unique<Sha>(EVP_sha256());
}

ChecksumDigest::~ChecksumDigest() = default;
ChecksumDigest::ChecksumDigest(ChecksumDigest&&) noexcept = default;
ChecksumDigest& ChecksumDigest::operator=(ChecksumDigest&&) noexcept = default;

void ChecksumDigest::update(std::string_view bytes) {
  switch (algorithm_) {
    case ChecksumAlgorithm::kCrc32: crc_ = crc32(bytes, static_cast<std::uint32_t>(crc_)); return;
    case ChecksumAlgorithm::kCrc32c: crc_ = crc32c(bytes, static_cast<std::uint32_t>(crc_)); return;
    case ChecksumAlgorithm::kCrc64Nvme: crc_ = crc64nvme(bytes, crc_); return;
    case ChecksumAlgorithm::kSha1:
    case ChecksumAlgorithm::kSha256:
      CHECK(EVP_DigestUpdate(sha_->context, bytes.data(), bytes.size()) == 1);
      return;
  }
}

std::string ChecksumDigest::finish() {
  if (algorithm_ == ChecksumAlgorithm::kCrc64Nvme) return big_endian(crc_);
  if (!sha_) return big_endian(static_cast<std::uint32_t>(crc_));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  CHECK(EVP_DigestFinal_ex(sha_->context, digest, &size) == 1);
  return {reinterpret_cast<const char*>(digest), size};
}

}  // namespace headrace::objects
