#include "streams/token.h"

#include <gtest/gtest.h>

namespace headrace::streams {
namespace {

TEST(TokenSealTest, opens_what_it_sealed_for_the_same_purpose_only) {
  SeededRandom random(1);
  const TokenSeal seal(std::string(32, 'k'), random);
  const std::string token = seal.seal("position 17", "a");
  EXPECT_EQ(seal.open(token, "a"), "position 17");
  EXPECT_FALSE(seal.open(token, "b"));
  EXPECT_FALSE(TokenSeal(std::string(32, 'x'), random).open(token, "a"));
  EXPECT_EQ(token.find("position"), std::string::npos);
}

TEST(TokenSealTest, any_change_is_noticed) {
  SeededRandom random(1);
  const TokenSeal seal(std::string(32, 'k'), random);
  const std::string token = seal.seal("position 17", "a");
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(seal.open(changed, "a")) << i;
  }
  for (std::size_t i = 0; i < token.size(); ++i) {
    EXPECT_FALSE(seal.open(token.substr(0, i), "a")) << i;
  }
  EXPECT_FALSE(seal.open("garbage", "a"));
  EXPECT_FALSE(seal.open(std::string(100'000, 'A'), "a"));
}

}  // namespace
}  // namespace headrace::streams
