// AES-256 in Galois/Counter Mode (NIST SP 800-38D): bytes sealed so that without the key nobody
// reads them and nobody changes them unnoticed.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace headrace {

// One key. Used by one thread at a time; made once and used often, since setting a key up costs as
// much as sealing some hundred bytes.
//
// What is sealed is the nonce, the cipher text and the tag, kOverhead bytes more than the plain
// text. `bound` is text that is not in there, but without which it does not open. A nonce must
// never be used twice with one key: random ones are good for 2^32 messages.
class AesGcm {
 public:
  static constexpr std::size_t kKeyBytes = 32;
  static constexpr std::size_t kNonceBytes = 12;
  static constexpr std::size_t kTagBytes = 16;
  static constexpr std::size_t kOverhead = kNonceBytes + kTagBytes;

  explicit AesGcm(std::string_view key);  // kKeyBytes
  ~AesGcm();
  AesGcm(const AesGcm&) = delete;
  AesGcm& operator=(const AesGcm&) = delete;

  // Writes plain.size() + kOverhead bytes; `into` overlaps none of the rest.
  void seal(std::string_view nonce, std::string_view bound, std::string_view plain, char* into);
  std::string seal(std::string_view nonce, std::string_view bound, std::string_view plain);
  // Writes sealed.size() - kOverhead bytes. False when that is not what seal() gave: `into` then
  // holds nothing to be used.
  bool open(std::string_view sealed, std::string_view bound, char* into);

 private:
  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
};

}  // namespace headrace
