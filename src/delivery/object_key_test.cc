#include "delivery/object_key.h"

#include <gtest/gtest.h>

namespace headrace::delivery {
namespace {

constexpr WallTime kTime{1'784'037'903'123};  // 2026-07-14T14:05:03.123Z

std::string evaluate(std::string_view text, Prefix::Use use = Prefix::Use::kPrefix) {
  SeededRandom random(1);
  const auto prefix = Prefix::parse(text, use);
  return prefix ? prefix->evaluate(kTime, random, "processing-failed") : prefix.error().message;
}

TEST(PrefixTest, without_expressions_the_hour_is_appended_with_no_slash_between) {
  EXPECT_EQ(evaluate(""), "2026/07/14/14/");
  EXPECT_EQ(evaluate("legacy"), "legacy2026/07/14/14/");
  EXPECT_EQ(evaluate("logs/"), "logs/2026/07/14/14/");
}

TEST(PrefixTest, timestamps_follow_the_pattern_and_nothing_is_appended) {
  EXPECT_EQ(evaluate("y=!{timestamp:yyyy}/d=!{timestamp:dd}/"), "y=2026/d=14/");
  EXPECT_EQ(evaluate("!{timestamp:'year='yyyy'/month='MM}/"), "year=2026/month=07/");
  EXPECT_EQ(evaluate("!{timestamp:EEE MMM DDD hh a mm ss SSS yy}"),
            "Tue Jul 195 02 PM 05 03 123 26");
}

TEST(PrefixTest, random_string_has_eleven_characters) {
  EXPECT_EQ(evaluate("a/!{firehose:random-string}/").size(), 2U + 11U + 1U);
}

TEST(PrefixTest, what_the_service_refuses_is_refused_in_its_words) {
  EXPECT_EQ(evaluate("!{firehose:error-output-type}/"),
            "Prefix must not contain any occurrence of !{firehose:error-output-type}");
  EXPECT_EQ(evaluate("!{firehose:nothing}/"),
            "Invalid conversion character used in the value of the expression in Prefix");
  EXPECT_EQ(
      evaluate("!{timestamp:yyyy-pp}", Prefix::Use::kErrorOutputPrefix),
      "Invalid conversion character used in the value of the expression in ErrorOutputPrefix");
  EXPECT_EQ(evaluate("!{partitionKeyFromQuery:a}/"),
            "Dynamic Partitioning Namespaces can only be part of a prefix expression when Dynamic "
            "Partitioning is enabled.");
}

TEST(ObjectSuffixTest, has_name_version_time_uuid_and_extension) {
  EXPECT_EQ(object_suffix("my.stream", "1", kTime, "0b9c", ".gz"),
            "my.stream-1-2026-07-14-14-05-03-0b9c.gz");
}

}  // namespace
}  // namespace headrace::delivery
