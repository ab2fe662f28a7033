#include "producer/ini.h"

#include <gtest/gtest.h>

namespace headrace::producer {
namespace {

TEST(IniTest, reads_sections_keys_and_values_as_aws_tools_do) {
  const Ini ini = parse_ini(
      "# comment\n"
      "stray = 1\n"
      "[default]\n"
      "region=eu-west-1\r\n"
      "AWS_Access_Key_Id = AKIA # why\n"
      "aws_secret_access_key = a/b+c#d;e=\n"
      "; comment\n"
      "[profile dev] ; comment\n"
      "s3 =\n"
      "  max_queue_size = 5\n"
      "region = us-east-2\n"
      "region = us-west-2\n"
      "no equals sign\n"
      "[broken\n"
      "lost = 1");
  EXPECT_EQ(ini, (Ini{{"default",
                       {{"region", "eu-west-1"},
                        {"aws_access_key_id", "AKIA"},
                        {"aws_secret_access_key", "a/b+c#d;e="}}},
                      {"profile dev", {{"s3", ""}, {"region", "us-west-2"}}}}));
}

TEST(IniTest, nothing_is_an_empty_file) { EXPECT_TRUE(parse_ini("").empty()); }

}  // namespace
}  // namespace headrace::producer
