#include "wire/sha256.h"

// What EVP adds to a short hash costs more than the hash does: contexts allocated anew, looked up
// and wiped. The plain functions below run the same assembly.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>

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

// HMAC's two hashes (RFC 2104) with their keys taken in.
struct KeyedHashes {
  Digest key{};
  bool keyed = false;
  SHA256_CTX inner{};
  SHA256_CTX outer{};

  void take_key(std::string_view text);
};

void KeyedHashes::take_key(std::string_view text) {
  std::array<unsigned char, SHA256_CBLOCK> pad{};
  if (text.size() > pad.size()) {
    const Digest hashed = sha256(text);
    std::ranges::copy(hashed, pad.begin());
  } else {
    std::ranges::copy(text, pad.begin());
  }
  for (unsigned char& c : pad) c ^= 0x36;
  SHA256_Init(&inner);
  SHA256_Update(&inner, pad.data(), pad.size());
  for (unsigned char& c : pad) c ^= 0x36 ^ 0x5c;
  SHA256_Init(&outer);
  SHA256_Update(&outer, pad.data(), pad.size());
  // Signing keys have this size, and come again with each request of a day.
  keyed = text.size() == key.size();
  if (keyed) std::ranges::copy(text, key.begin());
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
  Digest digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view message) {
  thread_local KeyedHashes hashes;
  if (!hashes.keyed || bytes_of(hashes.key) != key) hashes.take_key(key);
  Digest digest{};
  SHA256_CTX hash = hashes.inner;
  SHA256_Update(&hash, message.data(), message.size());
  SHA256_Final(digest.data(), &hash);
  hash = hashes.outer;
  SHA256_Update(&hash, digest.data(), digest.size());
  SHA256_Final(digest.data(), &hash);
  return digest;
}

std::string hex_of(const Digest& digest) { return to_hex(bytes_of(digest)); }

}  // namespace headrace::wire
