#include "streams/hash_key.h"

#include <gtest/gtest.h>

#include "streams/names.h"

namespace headrace::streams {
namespace {

constexpr const char* kLast = "340282366920938463463374607431768211455";

TEST(HashKeyTest, text_is_decimal_without_leading_zeros) {
  for (const char* text : {"0", "1", "170141183460469231731687303715884105728", kLast}) {
    const auto key = HashKey::parse(text);
    ASSERT_TRUE(key) << text;
    EXPECT_EQ(key->text(), text);
  }
  for (const char* text :
       {"", "00", "01", "-1", "1x", "340282366920938463463374607431768211456",
        "999999999999999999999999999999999999999", "3402823669209384634633746074317682114550"}) {
    EXPECT_FALSE(HashKey::parse(text)) << text;
  }
}

TEST(HashKeyTest, a_partition_key_falls_where_its_md5_says) {
  // md5("a") = 0cc175b9c0f1b6a831c399e269772661
  EXPECT_EQ(HashKey::of(md5("a")).text(), "16955237001963240173058271559858726497");
}

TEST(HashKeyTest, equal_ranges_cover_everything_once) {
  EXPECT_EQ(equal_ranges(1).front().ending.text(), kLast);
  const auto two = equal_ranges(2);
  EXPECT_EQ(two[0].ending.text(), "170141183460469231731687303715884105727");
  EXPECT_EQ(two[1].starting.text(), "170141183460469231731687303715884105728");
  const auto three = equal_ranges(3);
  EXPECT_EQ(three[1].starting.text(), "113427455640312821154458202477256070485");
  EXPECT_EQ(three[2].ending.text(), kLast);
  for (std::size_t count = 1; count < 70; ++count) {
    const auto ranges = equal_ranges(count);
    ASSERT_EQ(ranges.size(), count);
    EXPECT_EQ(ranges.front().starting.text(), "0");
    EXPECT_EQ(ranges.back().ending.text(), kLast);
    for (std::size_t i = 1; i < count; ++i) {
      EXPECT_EQ(ranges[i - 1].ending.value + 1, ranges[i].starting.value);
    }
  }
}

TEST(NamesTest, arns_lead_to_keys_and_back) {
  const std::string arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/a.b_c-d";
  const auto key = StreamKey::parse_arn(arn);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->account, "123456789012");
  EXPECT_EQ(key->region, "eu-west-1");
  EXPECT_EQ(key->name.text(), "a.b_c-d");
  EXPECT_EQ(key->arn(), arn);
  for (const char* text : {"", "arn", "arn:aws:s3:::b", "arn:aws:kinesis:r:1:stream/",
                           "arn:aws:kinesis:r:1:stream/a/b", "arn:aws:kinesis:::stream/a",
                           "arn:aws:kinesis:r:1:table/a"}) {
    EXPECT_FALSE(StreamKey::parse_arn(text)) << text;
  }
}

TEST(NamesTest, shard_ids_have_twelve_digits) {
  EXPECT_EQ(ShardId{7}.text(), "shardId-000000000007");
  EXPECT_EQ(ShardId::parse("shardId-000000000012"), ShardId{12});
  for (const char* text :
       {"", "shardId-", "shardId-1", "shardId-00000000001x", "shardid-000000000001",
        "shardId-0000000000001", "shardId-999999999999"}) {
    EXPECT_FALSE(ShardId::parse(text)) << text;
  }
}

}  // namespace
}  // namespace headrace::streams
