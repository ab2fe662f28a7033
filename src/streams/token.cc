#include "streams/token.h"

#include <utility>

#include "base/aes_gcm.h"
#include "base/base64.h"
#include "base/check.h"

namespace headrace::streams {
namespace {

constexpr std::size_t kTokenMax = 4096;

}  // namespace

TokenSeal::TokenSeal(std::string secret, Random& random)
    : secret_(std::move(secret)), random_(random) {
  CHECK(secret_.size() == kSecretBytes);
}

std::string TokenSeal::seal(std::string_view plain, std::string_view bound) const {
  AesGcm key(secret_);
  return base64_encode(key.seal(random_.bytes(AesGcm::kNonceBytes), bound, plain));
}

std::optional<std::string> TokenSeal::open(std::string_view token, std::string_view bound) const {
  if (token.size() > kTokenMax) return std::nullopt;
  const auto sealed = base64_decode(token);
  if (!sealed || sealed->size() < AesGcm::kOverhead) return std::nullopt;
  AesGcm key(secret_);
  std::string plain(sealed->size() - AesGcm::kOverhead, '\0');
  if (!key.open(*sealed, bound, plain.data())) return std::nullopt;
  return plain;
}

}  // namespace headrace::streams
