#include "objects/object_reader.h"

#include <gtest/gtest.h>

#include "objects/simulation_test.h"

namespace headrace::objects {
namespace {

constexpr std::uint64_t kSize = 1'000'000;
constexpr std::size_t kPiece = 64UL * 1024;

class ObjectReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(sim_.open());
    ASSERT_TRUE(
        sim_.run(sim_.objects().create_bucket({"000000000000", "us-east-1", "bucket", {}})));
    for (std::uint64_t i = 0; i < kSize; ++i) bytes_ += static_cast<char>(i * i % 251);
    ASSERT_TRUE(sim_.put("bucket", "k", bytes_));
    auto object = sim_.objects().find("bucket", "k");
    ASSERT_TRUE(object);
    object_ = std::make_shared<const Object>(std::move(*object));
  }

  // Everything that is given out before the end or the error.
  std::string read(std::uint64_t offset, std::uint64_t size, Status* ended) {
    ObjectReader reader(sim_.objects(), object_, offset, size);
    std::string all;
    while (reader.left() > 0) {
      auto piece = sim_.run(reader.next(kPiece));
      if (!piece) {
        *ended = std::unexpected(piece.error());
        break;
      }
      all += *piece;
    }
    return all;
  }

  void damage(std::uint64_t offset) {
    const auto names = sim_.disk().list("/data/blobs");
    ASSERT_TRUE(names);
    for (const std::string& name : *names) {
      if (name.ends_with(".blob")) sim_.disk().flip_bit("/data/blobs/" + name, offset, 3);
    }
  }

  SimulatedObjects sim_{1};
  std::string bytes_;
  std::shared_ptr<const Object> object_;
};

TEST_F(ObjectReaderTest, gives_any_range_in_pieces) {
  Status ended;
  EXPECT_EQ(read(0, kSize, &ended), bytes_);
  EXPECT_EQ(read(100, 70'000, &ended), bytes_.substr(100, 70'000));
  EXPECT_EQ(read(kSize - 1, 1, &ended), bytes_.substr(kSize - 1));
  EXPECT_TRUE(ended);
}

TEST_F(ObjectReaderTest, a_damaged_object_breaks_off_before_its_end) {
  damage(500'000);
  Status ended;
  EXPECT_LT(read(0, kSize, &ended).size(), kSize);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::kCorruption);
}

}  // namespace
}  // namespace headrace::objects
