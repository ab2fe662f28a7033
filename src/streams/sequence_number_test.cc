#include "streams/sequence_number.h"

#include <gtest/gtest.h>

namespace headrace::streams {
namespace {

TEST(SequenceNumberTest, has_56_digits_and_says_what_it_names) {
  const auto number = SequenceNumber::of_record(1'767'225'600'123, 42, ShardId{7}, 99);
  EXPECT_EQ(number.text(), "49176722560012300000000000420000000070000000000000000100");
  EXPECT_EQ(number.text().size(), 56U);
  EXPECT_EQ(SequenceNumber::parse(number.text()), number);
}

TEST(SequenceNumberTest, grows_with_records_and_with_the_age_of_shards) {
  const auto at = [](std::int64_t created, std::uint32_t shard, std::uint64_t record) {
    return SequenceNumber::of_record(created, 1, ShardId{shard}, record).text();
  };
  EXPECT_LT(at(1000, 0, 9), at(1000, 0, 10));
  EXPECT_LT(at(1000, 5, 1'000'000'000'000), at(1001, 6, 0));
  const SequenceNumber start{1000, 1, ShardId{0}, 0};
  EXPECT_LT(start.text(), at(1000, 0, 0));
}

TEST(SequenceNumberTest, the_next_record_differs_by_one) {
  std::string text = SequenceNumber::of_record(1000, 1, ShardId{0}, 98).text();
  increment_digits(text.data(), text.data() + text.size());
  EXPECT_EQ(text, SequenceNumber::of_record(1000, 1, ShardId{0}, 99).text());
}

TEST(SequenceNumberTest, what_no_shard_made_is_not_one) {
  for (const char* text :
       {"", "0", "49", "abc", "77777777777777777777777777777777777777777777777777777777",
        "4917672256001230000000000042000000007000000000000000010x",
        "491767225600123000000000004200000000700000000000000001000"}) {
    EXPECT_FALSE(SequenceNumber::parse(text)) << text;
  }
}

}  // namespace
}  // namespace headrace::streams
