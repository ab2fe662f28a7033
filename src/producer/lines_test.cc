#include "producer/lines.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headrace::producer {
namespace {

using Strings = std::vector<std::string>;

struct Read {
  Strings keys;
  Strings data;
  Strings rejected;
  Strings reasons;
  Status status = {};
};

Read read(Lines::Options options, const Strings& pieces) {
  Read out;
  SeededRandom random(1);
  Lines lines(
      std::move(options), random,
      [&](const Record& record) {
        out.keys.push_back(record.key);
        out.data.push_back(record.data);
      },
      [&](std::string_view data, std::string_view reason) {
        out.rejected.emplace_back(data);
        out.reasons.emplace_back(reason);
      });
  for (const std::string& piece : pieces) {
    out.status = lines.add(piece);
    if (!out.status) return out;
  }
  lines.finish();
  return out;
}

TEST(LinesTest, lines_are_whole_however_the_pieces_are_cut) {
  const Strings expected = {"one\n", "two\n", "\xff\x01\n", "four\n"};
  EXPECT_EQ(read({}, {"one\ntwo\n\n  \n\xff\x01\nfour"}).data, expected);
  EXPECT_EQ(read({}, {"o", "ne", "\ntwo", "\n", "\n  \n\xff", "\x01\nfour\n"}).data, expected);
}

TEST(LinesTest, random_keys_differ) {
  const Read got = read({}, {"a\nb\n"});
  ASSERT_EQ(got.keys.size(), 2U);
  EXPECT_EQ(got.keys[0].size(), 15U);
  EXPECT_NE(got.keys[0], got.keys[1]);
}

TEST(LinesTest, a_record_past_the_limit_is_rejected_whole) {
  const std::string fits((1 << 20) - 16, 'x');
  const std::string over((1 << 20) - 15, 'x');
  EXPECT_EQ(read({}, {fits + "\n"}).data.size(), 1U);
  const Read got = read({}, {over, "\nnext\n"});
  EXPECT_EQ(got.data, Strings{"next\n"});
  EXPECT_EQ(got.rejected, Strings{over + "\n"});
  EXPECT_EQ(got.reasons, Strings{"data and partition key are more than 1 MiB"});
}

TEST(LinesTest, an_endless_line_ends_the_reading) {
  const std::string piece(1 << 20, 'x');
  const Read got = read({}, Strings(17, piece));
  ASSERT_FALSE(got.status);
  EXPECT_EQ(got.status.error().code, ErrorCode::kRequestTooLarge);
}

TEST(LinesTest, ndjson_takes_objects_only) {
  const Read got = read({.format = Format::kNdjson},
                        {"{\"a\": 1}\r\n{}\n[1]\n{\"a\":\n7\n{\"a\":1} x\n{\"b\":\"\xff\"}\n"});
  EXPECT_EQ(got.data, (Strings{"{\"a\": 1}\r\n", "{}\n"}));
  EXPECT_EQ(got.rejected,
            (Strings{"[1]\n", "{\"a\":\n", "7\n", "{\"a\":1} x\n", "{\"b\":\"\xff\"}\n"}));
  EXPECT_EQ(got.reasons[0], "not a JSON object");
}

TEST(LinesTest, the_key_is_the_member_as_text) {
  const Read got = read(
      {.format = Format::kNdjson, .key_field = "k"},
      {"{\"k\":\"a\\u00e9\"}\n{\"k\":-7}\n{\"k\":1.5}\n{\"k\":true}\n{\"x\":{\"k\":1},\"k\":2}\n"});
  EXPECT_EQ(got.keys, (Strings{"a\xc3\xa9", "-7", "1.5", "true", "2"}));
  EXPECT_TRUE(got.rejected.empty());
}

TEST(LinesTest, without_a_usable_key_the_record_is_rejected) {
  const std::string long_key = "{\"k\":\"" + std::string(257, 'k') + "\"}\n";
  const std::string longest = "{\"k\":\"" + [] {
    std::string key;
    for (int i = 0; i < 256; ++i) key += "\xc3\xa9";
    return key;
  }() + "\"}\n";
  const Read got =
      read({.format = Format::kNdjson, .key_field = "k"},
           {"{\"a\":1}\n{\"k\":null}\n{\"k\":[]}\n{\"k\":\"\"}\n" + long_key + longest});
  EXPECT_EQ(got.data, Strings{longest});
  EXPECT_EQ(got.rejected,
            (Strings{"{\"a\":1}\n", "{\"k\":null}\n", "{\"k\":[]}\n", "{\"k\":\"\"}\n", long_key}));
  EXPECT_EQ(got.reasons[0], "no member 'k'");
  EXPECT_EQ(got.reasons[1],
            "'k' is no partition key: a string of 1 to 256 characters, a number or a boolean");
}

}  // namespace
}  // namespace headrace::producer
