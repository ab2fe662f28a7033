#include "wire/sha256.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/check.h"
#include "base/hex.h"

namespace headrace::wire {
namespace {

// Looking an algorithm up by name costs as much as hashing 200 bytes, so it is done once. Never
// freed: threads may still hash while the process ends.
const EVP_MD* sha256_method() {
  static EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  CHECK(method != nullptr);
  return method;
}

struct FreeMac {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeMac>;

MacContext new_mac() {
  static EVP_MAC* const method = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  MacContext context(EVP_MAC_CTX_new(method));
  CHECK(context != nullptr);
  char name[] = "SHA256";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, sizeof name - 1),
      OSSL_PARAM_construct_end()};
  CHECK(EVP_MAC_CTX_set_params(context.get(), params) == 1);
  return context;
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  CHECK(context_ != nullptr);
  CHECK(EVP_DigestInit_ex2(context_.get(), sha256_method(), nullptr) == 1);
}

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

void Sha256::update(std::string_view bytes) {
  CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

Digest Sha256::finish() {
  Digest digest{};
  CHECK(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
  CHECK(EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1);
  return digest;
}

Digest sha256(std::string_view bytes) {
  thread_local Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

Digest hmac_sha256(std::string_view key, std::string_view message) {
  thread_local const MacContext context = new_mac();
  Digest digest{};
  std::size_t size = 0;
  // Without a key pointer EVP_MAC_init keeps the key before.
  const char* start = key.empty() ? "" : key.data();
  CHECK(EVP_MAC_init(context.get(), reinterpret_cast<const unsigned char*>(start), key.size(),
                     nullptr) == 1);
  CHECK(EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(message.data()),
                       message.size()) == 1);
  CHECK(EVP_MAC_final(context.get(), digest.data(), &size, digest.size()) == 1);
  CHECK(size == digest.size());
  return digest;
}

std::string hex_of(const Digest& digest) { return to_hex(bytes_of(digest)); }

}  // namespace headrace::wire
