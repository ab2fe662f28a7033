#include "access/service_keys.h"

#include <gtest/gtest.h>

#include <string>

#include "io/system_random.h"
#include "sim/sim_disk.h"

namespace headrace::access {
namespace {

constexpr const char* kFile = "data/kms/aws-kinesis.key";

class ServiceKeysTest : public testing::Test {
 protected:
  ServiceKeys keys(std::string root = {}) { return {disk_, "data", random_, std::move(root)}; }

  static KeyUse use(std::string key_id = "alias/aws/kinesis", std::string context = "a stream") {
    return {std::move(key_id), "000000000000", "eu-west-1", std::move(context)};
  }

  sim::SimDisk disk_{1};
  io::SystemRandom random_;
};

TEST_F(ServiceKeysTest, what_was_wrapped_unwraps_after_a_restart_and_nowhere_else) {
  std::string wrapped;
  {
    ServiceKeys k = keys();
    EXPECT_FALSE(disk_.exists(kFile)) << "made at first use";
    wrapped = k.wrap(use(), "data key").value();
    EXPECT_EQ(k.unwrap(use(), wrapped), "data key");
  }
  ServiceKeys k = keys();
  EXPECT_EQ(k.unwrap(use(), wrapped), "data key");
  EXPECT_EQ(k.unwrap(use("arn:aws:kms:eu-west-1:000000000000:alias/aws/kinesis"), wrapped),
            "data key");
  EXPECT_EQ(wrapped.find("data key"), std::string::npos);
  EXPECT_EQ(k.unwrap(use("alias/aws/kinesis", "another stream"), wrapped).error().code,
            ErrorCode::kKeyRefused);
  KeyUse elsewhere = use();
  elsewhere.account = "111111111111";
  EXPECT_EQ(k.unwrap(elsewhere, wrapped).error().code, ErrorCode::kKeyRefused);
  EXPECT_EQ(k.unwrap(use(), "").error().code, ErrorCode::kKeyRefused);
}

TEST_F(ServiceKeysTest, a_lost_secret_is_told_and_never_replaced) {
  const std::string wrapped = keys().wrap(use(), "data key").value();
  const std::string kept = io::read_file(disk_, kFile).value();
  ASSERT_TRUE(disk_.remove(kFile));
  ServiceKeys k = keys();
  EXPECT_EQ(k.unwrap(use(), wrapped).error().code, ErrorCode::kKeyNotFound);
  EXPECT_EQ(k.wrap(use(), "another").error().code, ErrorCode::kKeyNotFound);
  EXPECT_FALSE(disk_.exists(kFile));
  ASSERT_TRUE(io::write_file(disk_, kFile, kept));
  EXPECT_EQ(k.unwrap(use(), wrapped), "data key") << "it works again once it is back";
}

TEST_F(ServiceKeysTest, a_file_that_holds_no_secret_is_an_error) {
  ASSERT_TRUE(disk_.make_directory("data/kms"));
  ASSERT_TRUE(io::write_file(disk_, kFile, "secret\n"));
  EXPECT_EQ(keys().wrap(use(), "data key").error().code, ErrorCode::kCorruption);
}

TEST_F(ServiceKeysTest, a_secret_of_the_environment_needs_no_file) {
  const std::string root(ServiceKeys::kRootBytes, 'r');
  const std::string wrapped = keys(root).wrap(use(), "data key").value();
  EXPECT_FALSE(disk_.exists(kFile));
  EXPECT_EQ(keys(root).unwrap(use(), wrapped), "data key");
  const std::string other(ServiceKeys::kRootBytes, 's');
  ServiceKeys wrong = keys(other);
  EXPECT_EQ(wrong.unwrap(use(), wrapped).error().code, ErrorCode::kKeyRefused);
  EXPECT_EQ(wrong.wrap(use(), "another").error().code, ErrorCode::kKeyRefused)
      << "the right secret would not open it";
}

TEST_F(ServiceKeysTest, what_is_damaged_does_not_make_the_secret_wrong) {
  ServiceKeys k = keys();
  const std::string wrapped = k.wrap(use(), "data key").value();
  EXPECT_EQ(k.unwrap(use(), wrapped), "data key");
  EXPECT_EQ(k.unwrap(use(), wrapped.substr(1)).error().code, ErrorCode::kKeyRefused);
  EXPECT_TRUE(k.wrap(use(), "another"));
}

TEST_F(ServiceKeysTest, other_keys_do_not_exist) {
  ServiceKeys k = keys();
  const auto refusal = [&](const char* key_id) {
    const auto refused = k.wrap(use(key_id), "data key");
    EXPECT_EQ(refused.error().code, ErrorCode::kKeyNotFound);
    return refused.error().message;
  };
  EXPECT_EQ(refusal("alias/mine"),
            "Alias arn:aws:kms:eu-west-1:000000000000:alias/mine is not found.");
  EXPECT_EQ(refusal("12345678-1234-1234-1234-123456789012"),
            "Key 'arn:aws:kms:eu-west-1:000000000000:key/12345678-1234-1234-1234-123456789012' "
            "does not exist");
  EXPECT_EQ(refusal("arn:aws:kms:us-east-1:000000000000:alias/aws/kinesis"),
            "Alias arn:aws:kms:us-east-1:000000000000:alias/aws/kinesis is not found.");
  EXPECT_EQ(refusal("mine"), "Invalid keyId 'mine'");
}

}  // namespace
}  // namespace headrace::access
