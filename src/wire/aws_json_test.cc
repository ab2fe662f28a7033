#include "wire/aws_json.h"

#include <gtest/gtest.h>

#include <limits>

#include "wire/bind.h"
#include "wire/shapes_for_test.h"

namespace headrace::wire {
namespace {

Outer full() {
  Outer out;
  out.text = "a.b";
  out.blob = Bytes(std::string("\0\xff z", 4));
  out.flag = false;
  out.number = 7;
  out.large = std::numeric_limits<std::int64_t>::min();
  out.real = 0.1;
  out.time = WallTime{1'767'323'045'678};
  out.inner = Inner{.name = "n", .size = 1};
  out.inners = {{.name = "a", .size = {}}, {.name = "b", .size = 0}};
  out.keys = {"k", "\xe2\x82\xac"};
  out.tags = {{"a", ""}, {"b", "\"\\\n\x01"}};
  out.mode = "FAST";
  return out;
}

TEST(AwsJson, a_structure_encodes_in_the_order_of_its_shape) {
  const Outer outer = full();
  EXPECT_EQ(encode_json(Outer::shape, &outer),
            R"({"Text":"a.b","Blob":"AP8geg==","Flag":false,"Number":7,)"
            R"("Large":-9223372036854775808,"Real":0.1,"Time":1767323045.678,)"
            R"("Inner":{"Name":"n","Size":1},"Inners":[{"Name":"a"},{"Name":"b","Size":0}],)"
            "\"Keys\":[\"k\",\"\xe2\x82\xac\"],"
            R"("Tags":{"a":"","b":"\"\\\n\u0001"},"Mode":"FAST"})");
}

TEST(AwsJson, decoding_undoes_encoding) {
  const Outer outer = full();
  const auto value = parse_json(encode_json(Outer::shape, &outer));
  ASSERT_TRUE(value);
  Outer back;
  const Status bound = bind(*value, Outer::shape, Scalars::kTyped, &back);
  ASSERT_TRUE(bound) << bound.error().message;
  EXPECT_EQ(back, outer);
}

TEST(AwsJson, an_empty_body_is_an_empty_object) {
  const auto value = parse_json("");
  ASSERT_TRUE(value);
  ASSERT_NE(value->object(), nullptr);
  EXPECT_TRUE(value->object()->empty());
}

TEST(AwsJson, what_is_not_one_object_is_refused_without_a_message) {
  const std::string deep = "{\"a\":" + std::string(64, '[') + std::string(64, ']') + "}";
  for (const std::string& body :
       {std::string("{"), std::string("[]"), std::string("null"), std::string("\"a\""),
        std::string("{} {}"), std::string("{\"a\":1,}"), std::string("{'a':1}"),
        std::string("{\"a\":\"\xff\"}"), std::string("{\"a\":\"\\ud800\"}"),
        std::string("{\"a\":01}"), std::string("{\"a\":NaN}"), std::string("{\"a\":\"\n\"}"),
        std::string("{\"\0\":1}", 7), std::string(" "), std::string("\0", 1), deep}) {
    const auto value = parse_json(body);
    ASSERT_FALSE(value) << body;
    EXPECT_EQ(value.error().code, ErrorCode::kSerialization);
    EXPECT_EQ(value.error().message, "");
  }
  EXPECT_TRUE(parse_json("{\"a\":" + std::string(60, '[') + std::string(60, ']') + "}"));
}

TEST(AwsJson, the_last_of_members_with_one_name_counts) {
  std::string body = "{\"a\":1";
  for (int i = 0; i < 100; ++i) body += ",\"b" + std::to_string(i) + "\":0";
  body += ",\"a\":2}";
  const auto value = parse_json(body);
  ASSERT_TRUE(value);
  EXPECT_EQ(std::get<std::int64_t>(value->find("a")->is), 2);
  EXPECT_EQ(value->object()->size(), 101U);
}

TEST(AwsJson, a_large_body_is_followed_by_a_small_one) {
  const std::string large = "{\"a\":\"" + std::string(3 << 20, 'x') + "\"}";
  ASSERT_TRUE(parse_json(large));
  const auto small = parse_json("{\"a\":\"y\"}");
  ASSERT_TRUE(small);
  EXPECT_EQ(*small->find("a")->string(), "y");
}

TEST(AwsJson, text_that_is_not_utf8_is_replaced) {
  std::string out;
  append_json_string(out, "a\xff\xc3\x28\xed\xa0\x80z\xf0\x9f\x98\x80");
  EXPECT_EQ(out,
            "\"a\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\xf0\x9f\x98\x80\"");
}

TEST(AwsJson, timestamps_are_seconds_without_exponents_or_trailing_zeros) {
  const auto text = [](std::int64_t ms) {
    std::string out;
    append_json_timestamp(out, WallTime{ms});
    return out;
  };
  EXPECT_EQ(text(0), "0");
  EXPECT_EQ(text(1'500'000'000'000), "1500000000");
  EXPECT_EQ(text(1'500'000'000'120), "1500000000.12");
  EXPECT_EQ(text(-1), "-0.001");
}

TEST(AwsJson, doubles_that_json_cannot_write_are_strings) {
  Outer outer;
  outer.text = "a";
  outer.real = -std::numeric_limits<double>::infinity();
  EXPECT_EQ(encode_json(Outer::shape, &outer), R"({"Text":"a","Real":"-Infinity"})");
}

TEST(AwsJson, errors_have_aws_members) {
  EXPECT_EQ(encode_json_error("ValidationException", "a \"b\""),
            R"({"__type":"ValidationException","message":"a \"b\""})");
  EXPECT_EQ(encode_json_error("SerializationException", ""),
            R"({"__type":"SerializationException"})");
  EXPECT_EQ(encode_json_error("SerializationException", "x"),
            R"({"__type":"SerializationException","Message":"x"})");
}

}  // namespace
}  // namespace headrace::wire
