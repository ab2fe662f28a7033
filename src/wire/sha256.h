// SHA-256 and HMAC-SHA256 as signatures use them: digests fetched once, contexts kept by thread.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

// OpenSSL's EVP_MD_CTX, whose header stays in sha256.cc.
struct evp_md_ctx_st;

namespace headrace::wire {

using Digest = std::array<unsigned char, 32>;

inline std::string_view bytes_of(const Digest& digest) {
  // Character types may view any object.
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Digest sha256(std::string_view bytes);
Digest hmac_sha256(std::string_view key, std::string_view message);
// 64 lower-case hexadecimal digits.
std::string hex_of(const Digest& digest);

// The hash of what arrives in pieces.
class Sha256 {
 public:
  Sha256();
  void update(std::string_view bytes);
  // The hash of all since the last finish(); what follows is hashed anew.
  Digest finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace headrace::wire
