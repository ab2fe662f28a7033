#include "wire/aws_query.h"

#include <gtest/gtest.h>

#include "wire/bind.h"
#include "wire/shapes_for_test.h"

namespace headrace::wire {
namespace {

Result<Outer> decode(const std::string& body) {
  const auto value = parse_form(body, Outer::shape);
  if (!value) return std::unexpected(value.error());
  Outer out;
  const Status bound = bind(*value, Outer::shape, Scalars::kText, &out);
  if (!bound) return std::unexpected(bound.error());
  return out;
}

TEST(AwsQuery, a_form_becomes_what_the_shape_says) {
  const auto out = decode(
      "Action=Do&Version=2011-06-15&Text=a.b&Blob=AAEC&Flag=true&Number=7&Real=1.5&"
      "Time=2026-01-02T03%3A04%3A05Z&Inner.Name=n&Inner.Size=3&"
      "Inners.member.2.Name=second&Inners.member.1.Name=first&Keys.1=k&Keys.2=l+m&"
      "Tags.entry.1.key=a&Tags.entry.1.value=x%26y&Tags.entry.2.key=b&Tags.entry.2.value=");
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_EQ(out->text, "a.b");
  EXPECT_EQ(out->blob, Bytes(std::string("\0\1\2", 3)));
  EXPECT_EQ(out->flag, true);
  EXPECT_EQ(out->number, 7);
  EXPECT_EQ(out->real, 1.5);
  EXPECT_EQ(out->time, WallTime{1'767'323'045'000});
  EXPECT_EQ(out->inner, (Inner{.name = "n", .size = 3}));
  ASSERT_TRUE(out->inners);
  EXPECT_EQ(out->inners->at(0).name, "first");
  EXPECT_EQ(out->inners->at(1).name, "second");
  EXPECT_EQ(out->keys, (std::vector<std::string>{"k", "l m"}));
  EXPECT_EQ(out->tags, (std::map<std::string, std::string>{{"a", "x&y"}, {"b", ""}}));
}

TEST(AwsQuery, positions_count_as_numbers) {
  std::string body = "Text=a";
  for (const int i : {10, 9, 2, 1}) {
    body += "&Keys.member." + std::to_string(i) + "=" + std::to_string(i);
  }
  EXPECT_EQ(decode(body)->keys, (std::vector<std::string>{"1", "2", "9", "10"}));
}

TEST(AwsQuery, action_and_version_are_kept) {
  const auto value = parse_form("Action=Do&Version=1&Text=a", Outer::shape);
  ASSERT_TRUE(value);
  EXPECT_EQ(*value->find("Action")->string(), "Do");
  EXPECT_EQ(*value->find("Version")->string(), "1");
  EXPECT_EQ(form_member("Version=1&Ac%74ion=Do+it&Action=other", "Action"), "Do it");
  EXPECT_EQ(form_member("Version=1", "Action"), "");
}

TEST(AwsQuery, refused_members_are_named_and_unknown_ones_ignored) {
  const auto refused = decode("Text=a&Later.member.1=x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNotImplemented);
  EXPECT_TRUE(decode("Text=a&Unknown.1.2=x"));
}

TEST(AwsQuery, broken_forms_are_refused) {
  std::string many = "Text=a";
  for (int i = 0; i < 10'000; ++i) many += "&x=1";
  std::string deep = "A";
  for (int i = 0; i < 16; ++i) deep += ".A";
  for (const std::string& body : {std::string("Text=%zz"), std::string("Text=%ff"),
                                  std::string("%c0%80=1"), many, deep + "=1"}) {
    const auto value = parse_form(body, Outer::shape);
    ASSERT_FALSE(value) << body.substr(0, 40);
    EXPECT_EQ(value.error().code, ErrorCode::kSerialization);
  }
  EXPECT_TRUE(parse_form("", Outer::shape));
  EXPECT_FALSE(decode("Text.member.1=a"));
  EXPECT_FALSE(decode("Text=a&Number=x"));
}

struct Answer {
  std::string arn;
  static constexpr auto shape = structure(member<&Answer::arn>("Arn"));
};
struct Nothing {
  static constexpr auto shape = structure();
};

TEST(AwsQuery, answers_and_errors_are_wrapped_as_aws_wraps_them) {
  const Answer answer{.arn = "a<b"};
  EXPECT_EQ(encode_query("GetIt", "https://sts.amazonaws.com/doc/2011-06-15/", Answer::shape,
                         &answer, "id-1"),
            "<GetItResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetItResult>"
            "<Arn>a&lt;b</Arn></GetItResult><ResponseMetadata><RequestId>id-1</RequestId>"
            "</ResponseMetadata></GetItResponse>");
  const Nothing nothing;
  EXPECT_EQ(encode_query("DropIt", "n", Nothing::shape, &nothing, "id-2"),
            "<DropItResponse xmlns=\"n\"><ResponseMetadata><RequestId>id-2</RequestId>"
            "</ResponseMetadata></DropItResponse>");
  EXPECT_EQ(encode_query_error("n", "NoSuchEntity", "It & more", true, "id-3"),
            "<ErrorResponse xmlns=\"n\"><Error><Type>Sender</Type><Code>NoSuchEntity</Code>"
            "<Message>It &amp; more</Message></Error><RequestId>id-3</RequestId></ErrorResponse>");
}

}  // namespace
}  // namespace headrace::wire
