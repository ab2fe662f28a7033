#include "producer/aggregation.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/hex.h"
#include "base/md5.h"

namespace headrace::producer {
namespace {

using Outcome = Deaggregated::Outcome;

constexpr unsigned __int128 kHalf = static_cast<unsigned __int128>(1) << 127U;
constexpr HashKeyRange kAll{};
constexpr HashKeyRange kLower{0, kHalf - 1};
constexpr HashKeyRange kUpper{kHalf, ~static_cast<unsigned __int128>(0)};

// pk1:hello, pk2:world, pk1:! and k with explicit hash key 0:x, k:y.
const std::string& v1() {
  static const std::string bytes = *from_hex(
      "f3899ac20a03706b310a03706b321a0908001a0568656c6c6f1a0908011a05776f726c641a0508001a0121"
      "13441f9267225980303271d133978ab4");
  return bytes;
}
const std::string& v2() {
  static const std::string bytes = *from_hex(
      "f3899ac20a016b1201301a07080010001a01781a0508001a0179947bce181fd55ad386a9a81f0c15b326");
  return bytes;
}

std::string bytes_field(char number, const std::string& bytes) {
  return std::string(1, static_cast<char>(number << 3 | 2)) + static_cast<char>(bytes.size()) +
         bytes;
}
std::string varint_field(char number, char value) {
  return std::string(1, static_cast<char>(number << 3)) + value;
}
const std::string& key_table() {
  static const std::string field = bytes_field(1, "key");
  return field;
}
std::string record_field(const std::string& message) { return bytes_field(3, message); }
std::string record_of(char key, const std::string& data) {
  return record_field(varint_field(1, key) + bytes_field(3, data));
}

std::string framed(const std::string& message) {
  std::string out = "\xf3\x89\x9a\xc2" + message;
  for (const unsigned char byte : md5(message)) out += static_cast<char>(byte);
  return out;
}

Outcome outcome_of(const std::string& bytes, const HashKeyRange& range = kAll) {
  const Deaggregated out = deaggregate(bytes, range);
  if (out.outcome != Outcome::kAggregate) EXPECT_TRUE(out.records.empty());
  return out.outcome;
}

// "key=data" of each record.
std::vector<std::string> records_of(const std::string& bytes, const HashKeyRange& range = kAll) {
  std::vector<std::string> texts;
  for (const UserRecord& record : deaggregate(bytes, range).records) {
    texts.push_back(std::string(record.partition_key) + "=" + std::string(record.data));
  }
  return texts;
}

TEST(AggregationTest, records_come_out_in_order_with_their_keys) {
  EXPECT_EQ(records_of(v1()), (std::vector<std::string>{"pk1=hello", "pk2=world", "pk1=!"}));
}

TEST(AggregationTest, an_explicit_hash_key_of_index_0_is_not_the_lack_of_one) {
  const Deaggregated out = deaggregate(v2(), kAll);
  ASSERT_EQ(out.records.size(), 2U);
  EXPECT_EQ(out.records[0].explicit_hash_key, "0");
  EXPECT_EQ(out.records[1].explicit_hash_key, std::nullopt);
}

TEST(AggregationTest, one_record_of_another_shard_drops_the_whole_aggregate) {
  EXPECT_EQ(outcome_of(v1(), kLower), Outcome::kOutOfRange);
  EXPECT_EQ(outcome_of(v1(), kUpper), Outcome::kOutOfRange);
}

TEST(AggregationTest, an_explicit_hash_key_places_a_record_instead_of_its_key) {
  const std::string table = key_table() + bytes_field(2, "0");
  const std::string record =
      record_field(varint_field(1, 0) + varint_field(2, 0) + bytes_field(3, "x"));
  EXPECT_EQ(outcome_of(framed(table + record), {0, 0}), Outcome::kAggregate);
  EXPECT_EQ(outcome_of(framed(table + record), {1, 1}), Outcome::kOutOfRange);
  const std::string past =
      key_table() + bytes_field(2, "340282366920938463463374607431768211456") + record;
  EXPECT_EQ(outcome_of(framed(past)), Outcome::kOutOfRange);
  EXPECT_EQ(outcome_of(framed(key_table() + bytes_field(2, "-1") + record)), Outcome::kOutOfRange);
  EXPECT_EQ(outcome_of(framed(key_table() + bytes_field(2, "one") + record)),
            Outcome::kInconsistent);
}

TEST(AggregationTest, the_ends_of_the_range_belong_to_it) {
  const auto hash = *parse_hash_key("80325066489831061459460196859901989661");  // MD5("key")
  const std::string one = framed(key_table() + record_of(0, "x"));
  EXPECT_EQ(outcome_of(one, {hash, hash}), Outcome::kAggregate);
  EXPECT_EQ(outcome_of(one, {hash + 1, kAll.ending}), Outcome::kOutOfRange);
  EXPECT_EQ(outcome_of(one, {0, hash - 1}), Outcome::kOutOfRange);
}

TEST(AggregationTest, what_is_too_short_or_lacks_the_magic_or_the_checksum_is_a_plain_record) {
  EXPECT_EQ(outcome_of(""), Outcome::kPlain);
  EXPECT_EQ(outcome_of("\xf3\x89\x9a\xc2"), Outcome::kPlain);
  EXPECT_EQ(outcome_of(framed("")), Outcome::kPlain);  // 20 bytes
  EXPECT_EQ(outcome_of("X" + v1().substr(1)), Outcome::kPlain);
  std::string broken = v1();
  broken.back() = static_cast<char>(broken.back() ^ 1);
  EXPECT_EQ(outcome_of(broken), Outcome::kPlain);
  broken = v1();
  broken[30] = static_cast<char>(broken[30] ^ 1);
  EXPECT_EQ(outcome_of(broken), Outcome::kPlain);
}

TEST(AggregationTest, an_aggregate_without_records_yields_nothing) {
  EXPECT_EQ(outcome_of(framed(key_table())), Outcome::kAggregate);
  EXPECT_TRUE(records_of(framed(key_table())).empty());
}

TEST(AggregationTest, empty_data_is_data) {
  EXPECT_EQ(records_of(framed(key_table() + record_of(0, ""))), std::vector<std::string>{"key="});
}

TEST(AggregationTest, fields_come_in_any_order_and_unknown_ones_are_passed_over) {
  const std::string group = "\x3b\x08\x01\x3b\x3c\x3c";  // field 7, with another within
  const std::string fixed =
      "\x35"
      "1234"
      "\x39"
      "12345678";
  const std::string tag = bytes_field(4, bytes_field(1, "name") + bytes_field(2, "value"));
  const std::string record =
      record_field(bytes_field(3, "x") + tag + fixed + varint_field(1, 0) + group);
  EXPECT_EQ(records_of(framed(group + record + fixed + key_table())),
            std::vector<std::string>{"key=x"});
}

TEST(AggregationTest, of_a_field_that_comes_twice_the_last_counts) {
  const std::string record = record_field(varint_field(1, 9) + bytes_field(3, "a") +
                                          varint_field(1, 0) + bytes_field(3, "b"));
  EXPECT_EQ(records_of(framed(key_table() + record)), std::vector<std::string>{"key=b"});
}

TEST(AggregationTest, an_index_that_the_table_does_not_have_leaves_the_record_as_it_is) {
  EXPECT_EQ(outcome_of(framed(key_table() + record_of(0, "a") + record_of(1, "b"))),
            Outcome::kInconsistent);
  const std::string record =
      record_field(varint_field(1, 0) + varint_field(2, 0) + bytes_field(3, "x"));
  EXPECT_EQ(outcome_of(framed(key_table() + record)), Outcome::kInconsistent);
}

TEST(AggregationTest, an_index_is_its_low_32_bits) {
  const std::string two_to_32 = "\x08\x80\x80\x80\x80\x10";
  EXPECT_EQ(records_of(framed(key_table() + record_field(two_to_32 + bytes_field(3, "x")))),
            std::vector<std::string>{"key=x"});
}

TEST(AggregationTest, a_record_outside_counts_before_an_index_that_comes_later) {
  const std::string bytes = framed(key_table() + record_of(0, "a") + record_of(1, "b"));
  EXPECT_EQ(outcome_of(bytes, {0, 0}), Outcome::kOutOfRange);
}

TEST(AggregationTest, what_does_not_parse_is_a_plain_record) {
  const std::string x = bytes_field(3, "x");
  for (const std::string& message : std::vector<std::string>{
           record_field(x),                                            // no key
           record_field(varint_field(1, 0)),                           // no data
           record_field(bytes_field(1, "0") + x),                      // key of another type
           record_field(varint_field(1, 0) + x + bytes_field(4, "")),  // a tag without key
           record_of(0, "x").substr(0, 5),                             // cut off
           "\x1a\xff\xff\xff\xff\x0f",                                 // a length of 4 GiB
           "\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",             // of 2^64 - 1
           "\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",         // 11 bytes of varint
           std::string("\x00\x01", 2),                                 // field 0
           "\x0e",                                                     // wire type 6
           "\x0c",                                                     // ends no group
           "\x3b\x08\x01",                                             // group without end
           "\x3b\x44",                                                 // another's end
           std::string(101, '\x3b') + std::string(101, '\x3c'),        // too deep
       }) {
    EXPECT_EQ(outcome_of(framed(key_table() + message)), Outcome::kPlain) << to_hex(message);
  }
  EXPECT_EQ(outcome_of(framed(key_table() + std::string(100, '\x3b') + std::string(100, '\x3c'))),
            Outcome::kAggregate);
}

TEST(AggregationTest, a_payload_that_looks_like_an_aggregate_survives_in_one_of_its_own) {
  const std::string payload = v2();
  EXPECT_EQ(records_of(framed(key_table() + record_of(0, payload))),
            std::vector<std::string>{"key=" + payload});
}

TEST(AggregationTest, keys_that_are_no_text_are_replaced_as_java_does) {
  EXPECT_EQ(records_of(framed(bytes_field(1, "a\xff") + record_of(0, "x"))),
            std::vector<std::string>{"a\xef\xbf\xbd=x"});
}

TEST(AggregationTest, hash_keys_are_numbers_below_2_to_128) {
  EXPECT_TRUE(parse_hash_key("340282366920938463463374607431768211455") == kAll.ending);
  EXPECT_FALSE(parse_hash_key("340282366920938463463374607431768211456"));
  EXPECT_FALSE(parse_hash_key("3402823669209384634633746074317682114550"));
  EXPECT_TRUE(*parse_hash_key("007") == 7);
  EXPECT_FALSE(parse_hash_key(""));
  EXPECT_FALSE(parse_hash_key("-1"));
}

}  // namespace
}  // namespace headrace::producer
