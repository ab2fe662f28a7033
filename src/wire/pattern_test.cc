#include "wire/pattern.h"

#include <gtest/gtest.h>

namespace headrace::wire {
namespace {

// All that the models of kinesis, firehose, sts, iam and s3 have in botocore 1.44.5.
constexpr std::string_view kPatternsOfTheModels[] = {
    // clang-format off
    R"re(arn:aws[-a-z0-9]*:s3:::[a-z0-9._-]{3,63})re",
    R"re(arn:aws.*:kinesis:.*:\d{12}:channel/\S+)re",
    R"re([a-zA-Z0-9_.-]+)re",
    R"re([\.\-_/#A-Za-z0-9]+)re",
    R"re([^:*]*)re",
    R"re(^(arn):aws.*:kinesis:.*:\d{12}:.*stream\/[a-zA-Z0-9_.-]+\/consumer\/[a)re"
    R"re(-zA-Z0-9_.-]+:[0-9]+)re",
    R"re(\d{12})re",
    R"re(arn:aws[-a-z0-9]*:glue:[-a-z0-9]+:\d{12}:schema/[-a-zA-Z0-9_$#.]+/[-a-zA-Z0-9_$#.]+)re",
    R"re(^(0|([1-9]\d{0,38}))$)re",
    R"re([a-zA-Z0-9\.\_]+)re",
    R"re(arn:aws.*:kinesis:.*:\d{12}:queue/\S+)re",
    R"re(^[a-z0-9]+$)re",
    R"re(arn:aws.*:kinesis:.*:\d{12}:.*(stream|channel|queue)/\S+)re",
    R"re(arn:aws[-a-z0-9]*:iam::\d{12}:role/[a-zA-Z_0-9+=,.@\-_/]+)re",
    R"re([0-9A-Za-z!\-_'.*()\/]+)re",
    R"re([0-9A-Za-z!\-_'.*()\/=:{}]+)re",
    R"re([0-9a-z_]+)re",
    R"re(^(0|([1-9]\d{0,128}))$)re",
    R"re(arn:aws.*:kinesis:.*:\d{12}:stream/\S+)re",
    R"re([a-z0-9]{20}-[a-z0-9]{3})re",
    R"re(arn:aws[-a-z0-9]*:s3tables:[-a-z0-9]+:\d{12}:bucket/[a-z0-9_-]{3,63})re",
    R"re(arn:.*:kms:[a-zA-Z0-9\-]+:\d{12}:(key|alias)/[a-zA-Z_0-9+=,.@\-_/]+)re",
    R"re(arn:.*:kms:[a-zA-Z0-9\-]+:\d{12}:key/[a-zA-Z_0-9+=,.@\-_/]+)re",
    R"re(https:.*)re",
    R"re(.*)re",
    R"re(arn:.*:es:[a-zA-Z0-9\-]+:\d{12}:domain/[a-z][-0-9a-z]{2,27})re",
    R"re(arn:.*:s3:::[\w\.\-]{1,255})re",
    R"re(jdbc:(redshift|postgresql)://((?!-)[A-Za-z0-9-]{1,63}(?<!-)\.)+(redshi)re"
    R"re(ft(-serverless)?)\.([a-zA-Z0-9\.\-]+):\d{1,5}/[a-zA-Z0-9_$-]+)re",
    R"re(^$|[a-zA-Z/_]+)re",
    R"re([\u0001-\uFFFF]*)re",
    R"re(^(?!\s*$).+)re",
    R"re(arn:.*:firehose:[a-zA-Z0-9\-]+:\d{12}:deliverystream/[a-zA-Z0-9._-]+)re",
    R"re([0-9]+)re",
    R"re([a-zA-Z0-9-]+)re",
    R"re(^$|\.[0-9a-z!\-_.*'()]+)re",
    R"re(arn:.*:glue:.*:\d{12}:catalog(?:(/[a-z0-9_-]+){1,2})?)re",
    R"re(https://.*)re",
    R"re(arn:.*:kinesis:[a-zA-Z0-9\-]+:\d{12}:stream/[a-zA-Z0-9_.-]+)re",
    R"re([\.\-_/#A-Za-z0-9]*)re",
    R"re(arn:.*)re",
    R"re(^\S+$)re",
    R"re(arn:.*:iam::\d{12}:role/[a-zA-Z_0-9+=,.@\-_/]+)re",
    R"re(arn:.*:secretsmanager:[a-zA-Z0-9\-]+:\d{12}:secret:[a-zA-Z0-9\-/_+=.@!]+)re",
    R"re(.+?\.snowflakecomputing\.com)re",
    R"re(^(?:[A-Za-z0-9+\/]{4})*(?:[A-Za-z0-9+\/]{2}==|[A-Za-z0-9+\/]{3}=)?$)re",
    R"re(([a-zA-Z0-9\-\_]+\.){2,3}vpce\.[a-zA-Z0-9\-]*\.vpce-svc\-[a-zA-Z0-9\-]{17}$)re",
    R"re(^(?!aws:)[\p{L}\p{Z}\p{N}_.:\/=+\-@%]*$)re",
    R"re(^[\p{L}\p{Z}\p{N}_.:\/=+\-@%]*$)re",
    R"re([a-zA-Z0-9\\._\\-]+)re",
    R"re(s3:\/\/.*)re",
    R"re([\w]*)re",
    R"re([\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+)re",
    R"re([\w+=,.@:-]*)re",
    R"re([\w+=,.@:\/-]*)re",
    R"re([\w+=,.@\:-]*)re",
    R"re([\w+=,.@-]*)re",
    R"re([\w+=/:,.@-]*)re",
    R"re([\u0009\u000A\u000D\u0020-\u00FF]+)re",
    R"re([\p{L}\p{Z}\p{N}_.:/=+\-@]+)re",
    R"re([\p{L}\p{Z}\p{N}_.:/=+\-@]*)re",
    R"re([\d]*)re",
    R"re([\w+=,.@-]+)re",
    R"re([\u0020-\u00FF]+)re",
    R"re(^o-[a-z0-9]{10,32}$)re",
    R"re([\w._-]+)re",
    R"re([\w]+)re",
    R"re(^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$)re",
    R"re(^[A-Za-z][A-Za-z0-9/_-]*$)re",
    R"re([\d]+)re",
    R"re([\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*)re",
    R"re([\w-]+)re",
    R"re(^[a-zA-Z0-9:_.-]+$)re",
    R"re(^o-[0-9a-z]{10,32}\/r-[0-9a-z]{4,32}[0-9a-z-\/]*)re",
    R"re(^p-[0-9a-zA-Z_]{8,128}$)re",
    R"re(^[a-zA-Z0-9:/+=,.@_-]+$)re",
    R"re(\u002F[\u0021-\u007F]*)re",
    R"re((\u002F)|(\u002F[\u0021-\u007E]+\u002F))re",
    R"re([ -~]+)re",
    R"re(((/[A-Za-z0-9\.,\+@=_-]+)*)/)re",
    R"re(v[1-9][0-9]*(\.[A-Za-z0-9-]*)?)re",
    R"re([A-Z0-9]+)re",
    R"re([:\w]+)re",
    R"re(^http(s?)://[a-zA-Z0-9._/-]*(\?[a-zA-Z0-9._=&-]*)?(#[a-zA-Z0-9._/-]*)?$)re",
    R"re([\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]+)re",
    R"re(/[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*/)re",
    R"re([\w+=,.\-]+)re",
    R"re([\w+=/:,.@-]+)re",
    R"re([\w-]*)re",
    R"re([\p{L}\p{Z}\p{N}_.:/=+\-@{}]+)re",
    R"re([\p{L}\p{Z}\p{N}_.:/=+\-@{}]*)re",
    R"re(\/?.+\/.+)re",
    R"re(arn:aws[a-zA-Z0-9-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+)re",
    R"re(arn:[^:]+:(s3|s3express):.*)re",
    // clang-format on
};

TEST(Pattern, all_patterns_of_the_service_models_compile) {
  for (const std::string_view pattern : kPatternsOfTheModels) {
    EXPECT_TRUE(is_pattern(pattern)) << pattern;
  }
}

TEST(Pattern, all_of_the_text_must_match) {
  EXPECT_TRUE(matches("a-b_C.9", "[a-zA-Z0-9_.-]+"));
  EXPECT_FALSE(matches("", "[a-zA-Z0-9_.-]+"));
  EXPECT_FALSE(matches("a b", "[a-zA-Z0-9_.-]+"));
  EXPECT_FALSE(matches("a\n", "[a-zA-Z0-9_.-]+"));
  EXPECT_TRUE(matches("0", "0|([1-9]\\d{0,38})"));
  EXPECT_FALSE(matches("00", "0|([1-9]\\d{0,38})"));
  EXPECT_TRUE(matches("", "^$|\\.[0-9a-z!\\-_.*'()]+"));
  EXPECT_TRUE(matches(".gz", "^$|\\.[0-9a-z!\\-_.*'()]+"));
  EXPECT_FALSE(matches("gz", "^$|\\.[0-9a-z!\\-_.*'()]+"));
}

TEST(Pattern, a_look_ahead_forbids_a_start) {
  constexpr std::string_view kTagKey = "^(?!aws:)[\\p{L}\\p{Z}\\p{N}_.:\\/=+\\-@%]*$";
  EXPECT_TRUE(matches("team aws:", kTagKey));
  EXPECT_TRUE(matches("\xc3\xa9t\xc3\xa9", kTagKey));
  EXPECT_FALSE(matches("aws:team", kTagKey));
  EXPECT_FALSE(matches("a;b", kTagKey));
  EXPECT_TRUE(matches("  a", "^(?!\\s*$).+"));
  EXPECT_FALSE(matches("  ", "^(?!\\s*$).+"));
}

TEST(Pattern, javas_escapes_mean_what_they_mean_in_java) {
  EXPECT_TRUE(matches("/a/b/", "(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)"));
  EXPECT_FALSE(matches("/a b/", "(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)"));
  EXPECT_TRUE(matches("a._", "[a-zA-Z0-9\\.\\_]+"));
}

TEST(Pattern, rewritten_patterns_still_forbid_what_they_forbade) {
  constexpr std::string_view kAlias = "^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$";
  EXPECT_TRUE(matches("my-account-1", kAlias));
  EXPECT_FALSE(matches("my--account", kAlias));
  EXPECT_FALSE(matches("-account", kAlias));
  EXPECT_FALSE(matches("account-", kAlias));
  constexpr std::string_view kJdbc = kPatternsOfTheModels[27];
  EXPECT_TRUE(matches("jdbc:redshift://c.x.us-east-1.redshift.amazonaws.com:5439/db", kJdbc));
  EXPECT_FALSE(matches("jdbc:redshift://c-.x.us-east-1.redshift.amazonaws.com:5439/db", kJdbc));
}

TEST(Pattern, what_does_not_compile_matches_nothing) {
  EXPECT_FALSE(is_pattern("a(?=b)"));
  EXPECT_FALSE(matches("ab", "a(?=b)"));
}

}  // namespace
}  // namespace headrace::wire
