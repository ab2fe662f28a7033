#include "access/credentials.h"

#include <gtest/gtest.h>

#include "sim/sim_disk.h"

namespace headrace::access {
namespace {

constexpr WallTime kNow{1'767'225'600'000};

class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() { EXPECT_TRUE(disk_.make_directory("data")); }
  sim::SimDisk disk_{1};
  SeededRandom random_{7};
};

TEST_F(CredentialsTest, are_made_once_and_stay) {
  const auto first = ensure_root_credentials(disk_, "data", random_, kNow);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->access_key.size(), 20U);
  EXPECT_TRUE(first->access_key.starts_with("AKIA"));
  EXPECT_EQ(first->access_key.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
            std::string::npos);
  EXPECT_EQ(first->secret_key.size(), 40U);
  EXPECT_EQ(first->created, kNow);
  const auto second = ensure_root_credentials(disk_, "data", random_, WallTime{5});
  ASSERT_TRUE(second);
  EXPECT_EQ(*second, *first);
}

TEST_F(CredentialsTest, survive_a_crash_right_after) {
  const auto made = ensure_root_credentials(disk_, "data", random_, kNow);
  ASSERT_TRUE(made);
  disk_.crash();
  const auto loaded = load_root_credentials(disk_, "data");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(*loaded, *made);
}

TEST_F(CredentialsTest, of_two_directories_differ) {
  ASSERT_TRUE(disk_.make_directory("other"));
  const auto one = ensure_root_credentials(disk_, "data", random_, kNow);
  const auto two = ensure_root_credentials(disk_, "other", random_, kNow);
  ASSERT_TRUE(one && two);
  EXPECT_NE(one->access_key, two->access_key);
  EXPECT_NE(one->secret_key, two->secret_key);
}

TEST_F(CredentialsTest, a_directory_that_never_served_has_none) {
  EXPECT_EQ(load_root_credentials(disk_, "data").error().code, ErrorCode::kNotFound);
}

TEST_F(CredentialsTest, a_damaged_file_is_an_error_and_is_left_alone) {
  for (const std::string content :
       {"", "access_key AKIA\n",
        "access_key AKIAIOSFODNN7EXAMPLE\nsecret_key short\ncreated_ms 1\n",
        "access_key AKIAIOSFODNN7EXAMPLE\n"
        "secret_key wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY12\ncreated_ms x\n"}) {
    ASSERT_TRUE(io::write_file(disk_, "data/credentials", content));
    const auto loaded = ensure_root_credentials(disk_, "data", random_, kNow);
    ASSERT_FALSE(loaded) << content;
    EXPECT_EQ(loaded.error().code, ErrorCode::kCorruption);
    EXPECT_EQ(*io::read_file(disk_, "data/credentials"), content);
  }
}

}  // namespace
}  // namespace headrace::access
