#include "base/crc.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace headrace {
namespace {

TEST(Crc, GivesTheStandardsCheckValues) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32("123456789"), 0xcbf43926U);
  EXPECT_EQ(crc64nvme("123456789"), 0xae8b14860a799888U);
  EXPECT_EQ(plain::crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(plain::crc32("123456789"), 0xcbf43926U);
  EXPECT_EQ(plain::crc64nvme("123456789"), 0xae8b14860a799888U);
  EXPECT_EQ(crc32c(""), 0U);
  EXPECT_EQ(crc64nvme(""), 0U);
}

TEST(Crc, GivesTheVectorsOfRfc3720) {
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
}

TEST(Crc, AgreesWithItsPlainTwinAtEveryLengthAndAlignment) {
  const std::string bytes = SeededRandom(1).bytes(20'000);
  SeededRandom random(2);
  for (int round = 0; round < 4'000; ++round) {
    const std::size_t from = random.below(64);
    const std::size_t size =
        round < 1'000 ? static_cast<std::size_t>(round) : random.below(bytes.size() - from);
    const auto piece = std::string_view(bytes).substr(from, size);
    const std::uint64_t seed = random.next();
    const auto seed32 = static_cast<std::uint32_t>(seed);
    ASSERT_EQ(crc32c(piece, seed32), plain::crc32c(piece, seed32)) << size;
    ASSERT_EQ(crc32(piece, seed32), plain::crc32(piece, seed32)) << size;
    ASSERT_EQ(crc64nvme(piece, seed), plain::crc64nvme(piece, seed)) << size;
  }
}

TEST(Crc, OfPiecesIsThatOfTheWhole) {
  const std::string bytes = SeededRandom(3).bytes(10'000);
  const std::string_view all = bytes;
  SeededRandom random(4);
  for (int round = 0; round < 200; ++round) {
    const std::size_t cut = random.below(all.size() + 1);
    EXPECT_EQ(crc32c(all.substr(cut), crc32c(all.substr(0, cut))), crc32c(all));
    EXPECT_EQ(crc32(all.substr(cut), crc32(all.substr(0, cut))), crc32(all));
    EXPECT_EQ(crc64nvme(all.substr(cut), crc64nvme(all.substr(0, cut))), crc64nvme(all));
  }
}

}  // namespace
}  // namespace headrace
