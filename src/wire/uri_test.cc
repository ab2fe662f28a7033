#include "wire/uri.h"

#include <gtest/gtest.h>

namespace headrace::wire {
namespace {

TEST(Uri, encodes_all_but_the_unreserved_characters) {
  EXPECT_EQ(percent_encode("AZaz09-._~ /+%\xe1\x88\xb4"), "AZaz09-._~%20%2F%2B%25%E1%88%B4");
  EXPECT_EQ(percent_encode("a/b c", true), "a/b%20c");
}

TEST(Uri, decodes_both_cases_and_plus_only_in_forms) {
  EXPECT_EQ(percent_decode("a%2fb%2Fc+d"), "a/b/c+d");
  EXPECT_EQ(percent_decode("a+b%2B", true), "a b+");
  EXPECT_EQ(percent_decode("%00").value(), std::string(1, '\0'));
}

TEST(Uri, refuses_broken_escapes) {
  for (const char* text : {"%", "a%", "%2", "%zz", "%2g", "%-1", "%%20"}) {
    EXPECT_FALSE(percent_decode(text)) << text;
  }
  EXPECT_FALSE(parse_query("a=%2"));
  EXPECT_FALSE(parse_query("%=1"));
}

TEST(Uri, decoding_undoes_encoding_for_every_byte) {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
  EXPECT_EQ(percent_decode(percent_encode(all, true)), all);
  EXPECT_EQ(percent_decode(percent_encode(all), true), all);
}

TEST(Uri, a_query_keeps_its_order_and_its_repetitions) {
  const QueryParameters expected = {{"b", ""}, {"a", "1=2"}, {"a", " "}, {"", "x"}};
  EXPECT_EQ(parse_query("b&a=1=2&&a=+&=x&"), expected);
  EXPECT_EQ(parse_query(""), QueryParameters());
}

}  // namespace
}  // namespace headrace::wire
