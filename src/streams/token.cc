#include "streams/token.h"

#include <openssl/evp.h>

#include <memory>
#include <utility>

#include "base/base64.h"
#include "base/check.h"

namespace headrace::streams {
namespace {

// nonce, ciphertext, tag
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kTokenMax = 4096;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Context new_context() {
  Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  CHECK(context != nullptr);
  return context;
}

// Fetched once: looking a cipher up costs more than using it.
const EVP_CIPHER* cipher() {
  static const EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  CHECK(fetched != nullptr);
  return fetched;
}

const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* octets(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
int length(std::string_view bytes) { return static_cast<int>(bytes.size()); }

}  // namespace

TokenSeal::TokenSeal(std::string secret, Random& random)
    : secret_(std::move(secret)), random_(random) {
  CHECK(secret_.size() == kSecretBytes);
}

std::string TokenSeal::seal(std::string_view plain, std::string_view bound) const {
  const std::string nonce = random_.bytes(kNonceBytes);
  std::string cipher_text(plain.size(), '\0');
  std::string tag(kTagBytes, '\0');
  const Context context = new_context();
  int done = 0;
  CHECK(EVP_EncryptInit_ex2(context.get(), cipher(), octets(std::string_view(secret_)),
                            octets(std::string_view(nonce)), nullptr) == 1);
  CHECK(EVP_EncryptUpdate(context.get(), nullptr, &done, octets(bound), length(bound)) == 1);
  CHECK(EVP_EncryptUpdate(context.get(), octets(cipher_text), &done, octets(plain),
                          length(plain)) == 1);
  CHECK(EVP_EncryptFinal_ex(context.get(), octets(cipher_text) + done, &done) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data()) == 1);
  return base64_encode(nonce + cipher_text + tag);
}

std::optional<std::string> TokenSeal::open(std::string_view token, std::string_view bound) const {
  if (token.size() > kTokenMax) return std::nullopt;
  const auto bytes = base64_decode(token);
  if (!bytes || bytes->size() < kNonceBytes + kTagBytes) return std::nullopt;
  const std::string_view nonce = std::string_view(*bytes).substr(0, kNonceBytes);
  const std::string_view cipher_text =
      std::string_view(*bytes).substr(kNonceBytes, bytes->size() - kNonceBytes - kTagBytes);
  std::string tag = bytes->substr(bytes->size() - kTagBytes);
  std::string plain(cipher_text.size() + 1, '\0');  // never empty: OpenSSL wants an address
  const Context context = new_context();
  int done = 0;
  int rest = 0;
  const bool genuine =
      EVP_DecryptInit_ex2(context.get(), cipher(), octets(std::string_view(secret_)), octets(nonce),
                          nullptr) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &done, octets(bound), length(bound)) == 1 &&
      EVP_DecryptUpdate(context.get(), octets(plain), &done, octets(cipher_text),
                        length(cipher_text)) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), octets(plain) + done, &rest) == 1;
  if (!genuine) return std::nullopt;
  plain.resize(cipher_text.size());
  return plain;
}

}  // namespace headrace::streams
