// Tokens: what clients carry for us (iterators, pages) and can neither read nor make.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace headrace::streams {

// AES-256-GCM under a key that lives in the database. Thread-safe as far as its Random is.
class TokenSeal {
 public:
  static constexpr std::size_t kSecretBytes = 32;

  // `secret` has kSecretBytes.
  TokenSeal(std::string secret, Random& random);

  // Base64. `bound` is what the token is good for only (account, purpose): open() needs the same.
  std::string seal(std::string_view plain, std::string_view bound) const;
  // Nothing when this seal did not make the token for `bound`.
  std::optional<std::string> open(std::string_view token, std::string_view bound) const;

 private:
  std::string secret_;
  Random& random_;
};

}  // namespace headrace::streams
