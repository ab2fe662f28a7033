#include "base/aes_gcm.h"

#include <gtest/gtest.h>

#include <optional>

#include "base/hex.h"

namespace headrace {
namespace {

std::optional<std::string> open(AesGcm& key, std::string_view sealed, std::string_view bound) {
  std::string plain(sealed.size(), '\0');
  if (!key.open(sealed, bound, plain.data())) return std::nullopt;
  plain.resize(sealed.size() - AesGcm::kOverhead);
  return plain;
}

// Test cases 13, 14 and 16 of McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)".
TEST(AesGcmTest, the_published_vectors_hold) {
  struct Case {
    const char* key;
    const char* nonce;
    const char* bound;
    const char* plain;
    const char* sealed;  // cipher text and tag
  };
  const std::string zeroes(64, '0');
  const Case cases[] = {
      {zeroes.c_str(), "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
      {zeroes.c_str(), "000000000000000000000000", "", "00000000000000000000000000000000",
       "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
      {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
       "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
       "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a"
       "6"
       "b525b16aedf5aa0de657ba637b39",
       "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056"
       "828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"},
  };
  for (const Case& c : cases) {
    AesGcm key(*from_hex(c.key));
    const std::string nonce = *from_hex(c.nonce);
    const std::string bound = *from_hex(c.bound);
    const std::string plain = *from_hex(c.plain);
    const std::string sealed = key.seal(nonce, bound, plain);
    EXPECT_EQ(to_hex(sealed), std::string(c.nonce) + c.sealed);
    EXPECT_EQ(open(key, sealed, bound), plain);
  }
}

TEST(AesGcmTest, nothing_changed_opens) {
  AesGcm key(std::string(32, 'k'));
  const std::string sealed = key.seal(std::string(12, 'n'), "bound", "plain text");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(open(key, changed, "bound")) << i;
  }
  EXPECT_FALSE(open(key, sealed, "bounds"));
  EXPECT_FALSE(open(key, sealed, ""));
  EXPECT_FALSE(open(key, sealed.substr(1), "bound"));
  EXPECT_FALSE(open(key, sealed.substr(0, 27), "bound"));
  AesGcm other(std::string(32, 'l'));
  EXPECT_FALSE(open(other, sealed, "bound"));
  EXPECT_EQ(open(key, sealed, "bound"), "plain text") << "a key outlives what it refuses";
}

}  // namespace
}  // namespace headrace
