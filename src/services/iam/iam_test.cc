#include "services/iam/iam.h"

#include <gtest/gtest.h>

#include "wire/pattern.h"

namespace headrace::services::iam {
namespace {

std::string verdict(std::string_view document, PolicyKind kind) {
  const Status status = check_policy(document, kind);
  return status ? "" : status.error().message;
}

TEST(PolicyTest, what_terraform_writes_is_accepted) {
  EXPECT_EQ(verdict(R"({"Version":"2012-10-17","Statement":[{"Action":"sts:AssumeRole",
                    "Effect":"Allow","Principal":{"Service":"firehose.amazonaws.com"},
                    "Sid":"","Condition":{"StringEquals":{"sts:ExternalId":"1"}}}]})",
                    PolicyKind::kTrust),
            "");
  EXPECT_EQ(verdict(R"({"Statement":{"Effect":"Allow","Action":["s3:PutObject"],
                    "Resource":"*"}})",
                    PolicyKind::kIdentity),
            "");
}

TEST(PolicyTest, what_aws_refuses_is_refused_in_its_words) {
  struct Case {
    std::string_view document;
    PolicyKind kind;
    std::string_view message;
  };
  const Case cases[] = {
      {"{", PolicyKind::kIdentity, "This policy contains invalid Json"},
      {"[]", PolicyKind::kIdentity, "This policy contains invalid Json"},
      {"{}", PolicyKind::kIdentity, "Syntax errors in policy."},
      {R"({"Version":"2020-01-01","Statement":[]})", PolicyKind::kIdentity,
       "Syntax errors in policy."},
      {R"({"Statement":[]})", PolicyKind::kTrust, "Syntax errors in policy."},
      {R"({"Statement":["x"]})", PolicyKind::kTrust, "Syntax errors in policy."},
      {R"({"Statement":{"Action":"*","Resource":"*"}})", PolicyKind::kIdentity,
       "Missing required field Effect"},
      {R"({"Statement":{"Effect":"allow","Action":"*","Resource":"*"}})", PolicyKind::kIdentity,
       "Syntax errors in policy."},
      {R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Actoin":"*"}})",
       PolicyKind::kIdentity, "Syntax errors in policy."},
      {R"({"Statement":{"Effect":"Allow","Action":"*","Principal":"*","Resource":"*"}})",
       PolicyKind::kTrust, "Has prohibited field Resource"},
      {R"({"Statement":{"Effect":"Allow","Action":"*"}})", PolicyKind::kTrust,
       "Missing required field Principal"},
      {R"({"Statement":{"Effect":"Allow","Principal":"*"}})", PolicyKind::kTrust,
       "Missing required field Action"},
      {R"({"Statement":{"Effect":"Allow","Action":"*","Principal":"*","Resource":"*"}})",
       PolicyKind::kIdentity, "Policy document should not specify a principal."},
      {R"({"Statement":{"Effect":"Allow","Resource":"*"}})", PolicyKind::kIdentity,
       "Policy statement must contain actions."},
      {R"({"Statement":{"Effect":"Allow","Action":"*"}})", PolicyKind::kIdentity,
       "Policy statement must contain resources."},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(verdict(each.document, each.kind), each.message) << each.document;
  }
}

TEST(TagsTest, keys_that_differ_in_case_only_are_refused) {
  const auto tags = tags_from({{"a", "1"}, {"b", "2"}});
  ASSERT_TRUE(tags);
  EXPECT_EQ(*tags, (access::Tags{{"a", "1"}, {"b", "2"}}));
  for (const char* key : {"a", "A"}) {
    const auto refused = tags_from({{"a", "1"}, {key, "2"}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(wire_error(refused.error()).name, "InvalidInput");
    EXPECT_EQ(refused.error().message,
              "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  }
}

TEST(MarkerTest, a_marker_leads_back_to_its_name) {
  EXPECT_EQ(*name_of_marker(std::nullopt), "");
  EXPECT_EQ(*name_of_marker(marker_after("role/1")), "role/1");
  EXPECT_EQ(wire_error(name_of_marker("?").error()).name, "ValidationError");
}

TEST(PatternTest, the_models_patterns_mean_what_they_say) {
  EXPECT_TRUE(wire::matches("/", kPathPattern));
  EXPECT_TRUE(wire::matches("/service-role/", kPathPattern));
  EXPECT_FALSE(wire::matches("/service role/", kPathPattern));
  EXPECT_FALSE(wire::matches("service-role", kPathPattern));
  EXPECT_TRUE(wire::matches("{\n\t\"a\": \"\xc3\xa9\"}\r", kDocumentPattern));
  EXPECT_FALSE(wire::matches("\xe2\x82\xac", kDocumentPattern));
  EXPECT_TRUE(wire::matches("", kDescriptionPattern));
  EXPECT_FALSE(wire::matches("a b", kNamePattern));
  EXPECT_TRUE(wire::matches("/a/b.c/", kPolicyPathPattern));
}

}  // namespace
}  // namespace headrace::services::iam
