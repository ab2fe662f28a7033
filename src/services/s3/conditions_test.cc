#include "services/s3/conditions.h"

#include <gtest/gtest.h>

namespace headrace::services::s3 {
namespace {

objects::Object object() {
  objects::Object o;
  o.etag = "e";
  o.modified = WallTime{10'500};
  return o;
}

std::string verdict(const ReadConditions& conditions) {
  const Status status = check_read(conditions, object());
  return status ? "200" : status.error().code == ErrorCode::kNotModified ? "304" : "412";
}

TEST(Conditions, they_decide_in_s3s_order) {
  const WallTime before{9'000};
  const WallTime same{10'000};
  const WallTime after{11'000};
  EXPECT_EQ(verdict({}), "200");
  EXPECT_EQ(verdict({.if_match = "\"e\""}), "200");
  EXPECT_EQ(verdict({.if_match = "e"}), "200");
  EXPECT_EQ(verdict({.if_match = "*"}), "200");
  EXPECT_EQ(verdict({.if_match = "\"x\", W/\"e\""}), "200");
  EXPECT_EQ(verdict({.if_match = "\"x\""}), "412");
  EXPECT_EQ(verdict({.if_unmodified_since = before}), "412");
  EXPECT_EQ(verdict({.if_unmodified_since = same}), "200");
  EXPECT_EQ(verdict({.if_match = "\"e\"", .if_unmodified_since = before}), "200");
  EXPECT_EQ(verdict({.if_none_match = "\"e\""}), "304");
  EXPECT_EQ(verdict({.if_none_match = "*"}), "304");
  EXPECT_EQ(verdict({.if_none_match = "\"x\""}), "200");
  EXPECT_EQ(verdict({.if_modified_since = same}), "304");
  EXPECT_EQ(verdict({.if_modified_since = after}), "304");
  EXPECT_EQ(verdict({.if_modified_since = before}), "200");
  EXPECT_EQ(verdict({.if_none_match = "\"x\"", .if_modified_since = same}), "200");
  EXPECT_EQ(verdict({.if_none_match = "\"e\"", .if_modified_since = before}), "304");
  EXPECT_EQ(verdict({.if_match = "\"x\"", .if_none_match = "\"e\""}), "412");
}

TEST(Conditions, nothing_is_not_modified_for_a_copy) {
  const Status status = check_copy_source({.if_none_match = "\"e\""}, object());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kPreconditionFailed);
}

TEST(Conditions, a_write_may_ask_for_no_object_and_not_for_another) {
  EXPECT_TRUE(write_conditions(std::nullopt, "*")->if_none_match);
  EXPECT_EQ(write_conditions("\"e\"", std::nullopt)->if_match, "e");
  EXPECT_EQ(write_conditions(std::nullopt, "\"e\"").error().code, ErrorCode::kNotImplemented);
}

}  // namespace
}  // namespace headrace::services::s3
