#include "base/aes_gcm.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstring>

#include "base/check.h"

namespace headrace {
namespace {

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
unsigned char* octets(char* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
int length(std::string_view bytes) { return static_cast<int>(bytes.size()); }

}  // namespace

struct AesGcm::Contexts {
  Context sealing = new_context();
  Context opening = new_context();
};

AesGcm::AesGcm(std::string_view key) : contexts_(std::make_unique<Contexts>()) {
  CHECK(key.size() == kKeyBytes);
  CHECK(EVP_EncryptInit_ex2(contexts_->sealing.get(), cipher(), octets(key), nullptr, nullptr) ==
        1);
  CHECK(EVP_DecryptInit_ex2(contexts_->opening.get(), cipher(), octets(key), nullptr, nullptr) ==
        1);
}

AesGcm::~AesGcm() = default;

// A text without bytes is not given to OpenSSL at all: it takes a null address for "no more".
void AesGcm::seal(std::string_view nonce, std::string_view bound, std::string_view plain,
                  char* into) {
  CHECK(nonce.size() == kNonceBytes);
  EVP_CIPHER_CTX* const context = contexts_->sealing.get();
  int done = 0;
  std::memcpy(into, nonce.data(), kNonceBytes);
  char* const cipher_text = into + kNonceBytes;
  char* const tag = cipher_text + plain.size();
  CHECK(EVP_EncryptInit_ex2(context, nullptr, nullptr, octets(nonce), nullptr) == 1);
  if (!bound.empty()) {
    CHECK(EVP_EncryptUpdate(context, nullptr, &done, octets(bound), length(bound)) == 1);
  }
  if (!plain.empty()) {
    CHECK(EVP_EncryptUpdate(context, octets(cipher_text), &done, octets(plain), length(plain)) ==
          1);
  }
  CHECK(EVP_EncryptFinal_ex(context, octets(tag), &done) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, kTagBytes, tag) == 1);
}

std::string AesGcm::seal(std::string_view nonce, std::string_view bound, std::string_view plain) {
  std::string sealed(plain.size() + kOverhead, '\0');
  seal(nonce, bound, plain, sealed.data());
  return sealed;
}

bool AesGcm::open(std::string_view sealed, std::string_view bound, char* into) {
  if (sealed.size() < kOverhead) return false;
  EVP_CIPHER_CTX* const context = contexts_->opening.get();
  const std::string_view cipher_text = sealed.substr(kNonceBytes, sealed.size() - kOverhead);
  unsigned char tag[kTagBytes];
  std::memcpy(tag, sealed.data() + sealed.size() - kTagBytes, kTagBytes);
  unsigned char nothing = 0;
  int done = 0;
  return EVP_DecryptInit_ex2(context, nullptr, nullptr, octets(sealed), nullptr) == 1 &&
         (bound.empty() ||
          EVP_DecryptUpdate(context, nullptr, &done, octets(bound), length(bound)) == 1) &&
         (cipher_text.empty() ||
          EVP_DecryptUpdate(context, octets(into), &done, octets(cipher_text),
                            length(cipher_text)) == 1) &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, kTagBytes, tag) == 1 &&
         EVP_DecryptFinal_ex(context, &nothing, &done) == 1;
}

}  // namespace headrace
