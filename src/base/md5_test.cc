#include "base/md5.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/hex.h"
#include "base/random.h"

namespace headrace {
namespace {

std::string hex_md5(std::string_view message) {
  const Md5Digest digest = md5(message);
  return to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

TEST(Md5, GivesTheVectorsOfRfc1321) {
  EXPECT_EQ(hex_md5(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(hex_md5("a"), "0cc175b9c0f1b6a831c399e269772661");
  EXPECT_EQ(hex_md5("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hex_md5("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(hex_md5("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
            "d174ab98d277d9f5a5611c2c9f419d9f");
  EXPECT_EQ(hex_md5("1234567890123456789012345678901234567890123456789012345678901234567890123456"
                    "7890"),
            "57edf4a22be3c955ac49da2e2107b67a");
}

TEST(Md5, OfManyIsThatOfEach) {
  SeededRandom random(1);
  for (std::size_t count = 0; count < 70; ++count) {
    std::vector<std::string> owned;
    for (std::size_t i = 0; i < count; ++i) {
      owned.push_back(random.bytes(random.below(random.below(4) == 0 ? 257 : 58)));
    }
    const std::vector<std::string_view> keys(owned.begin(), owned.end());
    std::vector<Md5Digest> fast(count);
    std::vector<Md5Digest> slow(count);
    md5_many(keys, fast.data());
    plain::md5_many(keys, slow.data());
    ASSERT_EQ(fast, slow) << count;
    const std::size_t few = std::min<std::size_t>(count, 8);
    md5_many(std::span(keys).first(few), fast.data());
    ASSERT_EQ(fast, slow) << count;
  }
}

}  // namespace
}  // namespace headrace
