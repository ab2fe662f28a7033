#include "wire/date.h"

#include <gtest/gtest.h>

namespace headrace::wire {
namespace {

TEST(Date, iso8601_is_read_with_and_without_a_fraction) {
  EXPECT_EQ(parse_iso8601("2026-01-02T03:04:05Z"), WallTime{1'767'323'045'000});
  EXPECT_EQ(parse_iso8601("2026-01-02T03:04:05.6Z"), WallTime{1'767'323'045'600});
  EXPECT_EQ(parse_iso8601("2026-01-02T03:04:05.678901+00:00"), WallTime{1'767'323'045'678});
  EXPECT_EQ(parse_iso8601("1970-01-01T00:00:00Z"), WallTime{0});
  EXPECT_EQ(parse_iso8601("1969-12-31T23:59:59.999Z"), WallTime{-1});
}

TEST(Date, what_is_no_date_is_refused) {
  for (const char* text :
       {"", "2026-01-02", "2026-02-30T00:00:00Z", "2026-01-02T24:00:00Z", "2026-01-02T03:04:05X",
        " 026-01-02T03:04:05Z", "2026-1-02T03:04:05Z", "+026-01-02T03:04:05Z",
        "2026-01-02 03:04:05Z", "2026-01-02T03:04:05.Zx"}) {
    EXPECT_FALSE(parse_iso8601(text)) << text;
  }
  for (const char* text : {"", "20150830T123600", "20150230T123600Z", "2015083 T123600Z",
                           "20150830t123600Z", "20150830T123600Z "}) {
    EXPECT_FALSE(parse_amz_date(text)) << text;
  }
}

TEST(Date, formats_are_awss_and_read_back) {
  EXPECT_EQ(format_iso8601({1'767'323'045'678}), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(format_iso8601({-1}), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_amz_date({1'440'938'160'000}), "20150830T123600Z");
  for (std::int64_t ms = -62'135'596'800'000; ms < 253'402'300'800'000; ms += 1'234'567'890'123) {
    EXPECT_EQ(parse_iso8601(format_iso8601({ms})), WallTime{ms});
  }
}

}  // namespace
}  // namespace headrace::wire
