#include "objects/checksum.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "base/random.h"

namespace headrace::objects {
namespace {

TEST(ChecksumTest, each_algorithm_gives_the_published_value_of_the_check_string) {
  const auto hex = [](ChecksumAlgorithm algorithm) {
    return to_hex(checksum_of(algorithm, "123456789"));
  };
  EXPECT_EQ(hex(ChecksumAlgorithm::kCrc32), "cbf43926");
  EXPECT_EQ(hex(ChecksumAlgorithm::kCrc32c), "e3069283");
  EXPECT_EQ(hex(ChecksumAlgorithm::kCrc64Nvme), "ae8b14860a799888");
  EXPECT_EQ(hex(ChecksumAlgorithm::kSha1), "f7c3bc1d808e04732adf679965ccc34ca7ae3441");
  EXPECT_EQ(hex(ChecksumAlgorithm::kSha256),
            "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225");
}

TEST(ChecksumTest, crcs_of_parts_combine_into_that_of_the_whole) {
  SeededRandom random(3);
  for (const auto algorithm :
       {ChecksumAlgorithm::kCrc32, ChecksumAlgorithm::kCrc32c, ChecksumAlgorithm::kCrc64Nvme}) {
    for (int round = 0; round < 50; ++round) {
      const std::string first = random.bytes(random.below(5000));
      const std::string second = random.bytes(random.below(3) * random.below(70'000));
      EXPECT_EQ(combine(algorithm, checksum_of(algorithm, first), checksum_of(algorithm, second),
                        second.size()),
                checksum_of(algorithm, first + second))
          << name(algorithm) << " " << first.size() << " " << second.size();
    }
  }
}

TEST(ChecksumTest, names_are_parsed_as_they_are_written) {
  EXPECT_EQ(parse_checksum_algorithm("CRC64NVME"), ChecksumAlgorithm::kCrc64Nvme);
  EXPECT_EQ(parse_checksum_algorithm("crc32"), std::nullopt);
}

}  // namespace
}  // namespace headrace::objects
