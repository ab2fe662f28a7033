#include "wire/bind.h"

#include <gtest/gtest.h>

#include "wire/aws_json.h"
#include "wire/shapes_for_test.h"

namespace headrace::wire {
namespace {

Status bind_json(const std::string& body) {
  Outer outer;
  return bind(*parse_json(body), Outer::shape, Scalars::kTyped, &outer);
}

std::string error_of(const std::string& body) {
  const Status status = bind_json(body);
  if (status) return "ok";
  return std::string(name(status.error().code)) + ": " + status.error().message;
}

// Everything after the text member, which is given right.
std::string error_with(const std::string& member) {
  return error_of("{\"Text\":\"a\"," + member + "}");
}

TEST(Bind, what_is_missing_is_reported_in_awss_words) {
  EXPECT_EQ(error_of("{}"),
            "validation: 1 validation error detected: Value null at 'text' failed to satisfy "
            "constraint: Member must not be null");
  EXPECT_EQ(error_of("{\"Text\":null}"), error_of("{}"));
  EXPECT_EQ(error_with("\"Inners\":[{\"Name\":\"a\"},{}]"),
            "validation: 1 validation error detected: Value null at 'inners.2.member.name' failed "
            "to satisfy constraint: Member must not be null");
  EXPECT_EQ(error_with("\"Inners\":[null]"),
            "validation: 1 validation error detected: Value null at 'inners.1.member' failed to "
            "satisfy constraint: Member must not be null");
}

TEST(Bind, all_violations_come_in_one_message_pattern_before_length) {
  EXPECT_EQ(error_of("{\"Text\":\"\",\"Number\":0,\"Mode\":\"\"}"),
            "validation: 4 validation errors detected: "
            "Value '' at 'text' failed to satisfy constraint: Member must satisfy regular "
            "expression pattern: [a-zA-Z0-9_.-]+; "
            "Value '' at 'text' failed to satisfy constraint: Member must have length greater than "
            "or equal to 1; "
            "Value '0' at 'number' failed to satisfy constraint: Member must have value greater "
            "than or equal to 1; "
            "Value '' at 'mode' failed to satisfy constraint: Member must satisfy enum value set: "
            "[FAST, SLOW]");
}

TEST(Bind, constraints_hold_at_their_bounds) {
  EXPECT_EQ(error_of("{\"Text\":\"" + std::string(128, 'a') + "\"}"), "ok");
  EXPECT_EQ(error_of("{\"Text\":\"" + std::string(129, 'a') + "\"}"),
            "validation: 1 validation error detected: Value '" + std::string(129, 'a') +
                "' at 'text' failed to satisfy constraint: Member must have length less than or "
                "equal to 128");
  EXPECT_EQ(error_with("\"Number\":10000"), "ok");
  EXPECT_EQ(error_with("\"Number\":10001"),
            "validation: 1 validation error detected: Value '10001' at 'number' failed to satisfy "
            "constraint: Member must have value less than or equal to 10000");
  EXPECT_EQ(error_with("\"Blob\":\"AAAAAAAAAAAAAAAAAAAAAA==\""), "ok");
  EXPECT_EQ(error_with("\"Blob\":\"AAAAAAAAAAAAAAAAAAAAAAA=\""),
            "validation: 1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=17 "
            "cap=17]' at 'blob' failed to satisfy constraint: Member must have length less than or "
            "equal to 16");
  EXPECT_EQ(error_with("\"Inners\":[]"),
            "validation: 1 validation error detected: Value '[]' at 'inners' failed to satisfy "
            "constraint: Member must have length greater than or equal to 1");
  EXPECT_EQ(error_with("\"Tags\":{}"),
            "validation: 1 validation error detected: Value '{}' at 'tags' failed to satisfy "
            "constraint: Member must have length greater than or equal to 1");
}

TEST(Bind, lengths_are_of_characters_not_bytes) {
  const auto four_signs = "\"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\"";
  EXPECT_EQ(error_with(std::string("\"Keys\":[") + four_signs + "]"), "ok");
}

TEST(Bind, elements_and_map_entries_are_reported_at_their_collection) {
  EXPECT_EQ(error_with("\"Keys\":[\"ok\",\"too long\",\"\"]"),
            "validation: 1 validation error detected: Value '[ok, too long, ]' at 'keys' failed to "
            "satisfy constraint: Member must satisfy constraint: [Member must have length less "
            "than or equal to 4, Member must have length greater than or equal to 1]");
  EXPECT_EQ(error_with("\"Tags\":{\"longer\":\"also long\"}"),
            "validation: 2 validation errors detected: Value '{longer=also long}' at 'tags' failed "
            "to satisfy constraint: Map keys must satisfy constraint: [Member must have length "
            "less than or equal to 4, Member must have length greater than or equal to 1]; Value "
            "'{longer=also long}' at 'tags' failed to satisfy constraint: Map value must satisfy "
            "constraint: [Member must have length less than or equal to 6, Member must have length "
            "greater than or equal to 0]");
}

TEST(Bind, ten_violations_are_told_at_most) {
  std::string inners;
  for (int i = 0; i < 20; ++i) inners += i == 0 ? "{}" : ",{}";
  const std::string error = error_with("\"Inners\":[" + inners + "]");
  EXPECT_TRUE(error.starts_with("validation: 10 validation errors detected: ")) << error;
}

TEST(Bind, wrong_types_are_told_in_awss_words) {
  const std::pair<const char*, const char*> cases[] = {
      {"\"Mode\":1", "NUMBER_VALUE can not be converted to a String"},
      {"\"Mode\":true", "TRUE_VALUE can not be converted to a String"},
      {"\"Mode\":[]", "Start of list found where not expected"},
      {"\"Mode\":{}", "Start of structure or map found where not expected."},
      {"\"Number\":\"1\"", "STRING_VALUE can not be converted to an Integer"},
      {"\"Number\":false", "FALSE_VALUE can not be converted to an Integer"},
      {"\"Large\":\"1\"", "STRING_VALUE can not be converted to a Long"},
      {"\"Flag\":1", "NUMBER_VALUE can not be converted to a Boolean"},
      {"\"Flag\":\"maybe\"", "'MAYBE' can not be converted to an Boolean"},
      {"\"Time\":\"2026-01-02T03:04:05Z\"",
       "STRING_VALUE can not be converted to milliseconds since epoch"},
      {"\"Time\":1e300", "NUMBER_VALUE can not be converted to milliseconds since epoch"},
      {"\"Inner\":\"x\"", "Expected null"},
      {"\"Inner\":[]", "Start of list found where not expected"},
      {"\"Keys\":\"x\"", "Expected list or null"},
      {"\"Keys\":{}", "Start of structure or map found where not expected."},
      {"\"Keys\":[1]", "NUMBER_VALUE can not be converted to a String"},
      {"\"Tags\":\"x\"", "Expected map or null"},
      {"\"Tags\":[]", "Start of list found where not expected"},
      {"\"Tags\":{\"a\":1}", "NUMBER_VALUE can not be converted to a String"},
      {"\"Blob\":7", "NUMBER_VALUE can not be converted to a Blob"},
      {"\"Blob\":\"23456\"",
       "'23456' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 "
       "bytes but found: 5"},
      {"\"Blob\":\"=+/=\"", "'=+/=' can not be converted to a Blob: Invalid Base64 character: '='"},
      {"\"Blob\":\"+/+=\"",
       "'+/+=' can not be converted to a Blob: Invalid last non-pad Base64 character dectected"},
  };
  for (const auto& [member, message] : cases) {
    EXPECT_EQ(error_with(member), std::string("serialization: ") + message) << member;
  }
}

TEST(Bind, a_wrong_type_is_told_before_a_broken_constraint) {
  EXPECT_EQ(error_of("{\"Text\":\"\",\"Number\":\"x\"}"),
            "serialization: STRING_VALUE can not be converted to an Integer");
}

TEST(Bind, numbers_are_cut_and_never_wrap) {
  Outer outer;
  ASSERT_TRUE(bind(*parse_json(R"({"Text":"a","Number":1.9,"Large":1e300,"Real":2,"Time":1.5})"),
                   Outer::shape, Scalars::kTyped, &outer));
  EXPECT_EQ(outer.number, 1);
  EXPECT_EQ(outer.large, 9223372036854775807);
  EXPECT_EQ(outer.real, 2.0);
  EXPECT_EQ(outer.time, WallTime{1500});
  EXPECT_EQ(error_with("\"Number\":-1e300"),
            "validation: 1 validation error detected: Value '-9223372036854775808' at 'number' "
            "failed to satisfy constraint: Member must have value greater than or equal to 1");
  EXPECT_EQ(error_with("\"Number\":18446744073709551615"),
            "validation: 1 validation error detected: Value '9223372036854775807' at 'number' "
            "failed to satisfy constraint: Member must have value less than or equal to 10000");
}

TEST(Bind, unknown_members_are_ignored_and_refused_ones_named) {
  EXPECT_EQ(error_with("\"Unknown\":{\"a\":[]}"), "ok");
  EXPECT_EQ(error_with("\"Later\":null"), "ok");
  const Status refused = bind_json("{\"Text\":\"a\",\"Later\":{}}");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNotImplemented);
  EXPECT_EQ(refused.error().detail, "later");
}

TEST(Bind, text_scalars_are_read_as_their_types) {
  Value value;
  const auto text = [](std::string key, std::string of) {
    Value v;
    v.is = std::move(of);
    return Value::Entry{std::move(key), std::move(v)};
  };
  value.is = Value::Object{
      text("Text", "a"),   text("Number", "12"), text("Large", "9007199254740993"),
      text("Real", "1.5"), text("Flag", "true"), text("Time", "2026-01-02T03:04:05.678Z")};
  Outer outer;
  const Status bound = bind(value, Outer::shape, Scalars::kText, &outer);
  ASSERT_TRUE(bound) << bound.error().message;
  EXPECT_EQ(outer.number, 12);
  EXPECT_EQ(outer.large, 9007199254740993);
  EXPECT_EQ(outer.real, 1.5);
  EXPECT_EQ(outer.flag, true);
  EXPECT_EQ(outer.time, WallTime{1'767'323'045'678});
  value.is = Value::Object{text("Text", "a"), text("Number", "12x")};
  EXPECT_FALSE(bind(value, Outer::shape, Scalars::kText, &outer));
}

TEST(Bind, lower_camel_lowers_the_first_letter_only) {
  EXPECT_EQ(lower_camel("StreamARN"), "streamARN");
  EXPECT_EQ(lower_camel(""), "");
}

}  // namespace
}  // namespace headrace::wire
