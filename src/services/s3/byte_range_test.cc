#include "services/s3/byte_range.h"

#include <gtest/gtest.h>

namespace headrace::services::s3 {
namespace {

TEST(ByteRange, ranges_cut_what_they_say) {
  struct Case {
    const char* header;
    std::uint64_t first;
    std::uint64_t size;
  };
  for (const Case& c : std::initializer_list<Case>{{"bytes=0-0", 0, 1},
                                                   {"bytes=2-4", 2, 3},
                                                   {"bytes=7-", 7, 3},
                                                   {"bytes=-3", 7, 3},
                                                   {"bytes=-99", 0, 10},
                                                   {"bytes=5-99", 5, 5},
                                                   {"bytes=5-99999999999999999999999", 5, 5},
                                                   {"bytes=0-9", 0, 10}}) {
    const auto range = parse_range(c.header, 10);
    ASSERT_TRUE(range && *range) << c.header;
    EXPECT_EQ(**range, (ByteRange{.first = c.first, .size = c.size})) << c.header;
  }
}

TEST(ByteRange, what_is_no_range_asks_for_all) {
  for (const char* header : {"", "chars=1-2", "bytes=4-2", "bytes=", "bytes=-", "bytes=a-b",
                             "bytes=1-2,4-5", "bytes=1", "bytes=--1", "bytes=+1-2"}) {
    const auto range = parse_range(header, 10);
    ASSERT_TRUE(range) << header;
    EXPECT_FALSE(*range) << header;
  }
}

TEST(ByteRange, a_range_outside_is_not_satisfiable) {
  for (const char* header : {"bytes=10-", "bytes=99-100", "bytes=-0"}) {
    const auto range = parse_range(header, 10);
    ASSERT_FALSE(range) << header;
    EXPECT_EQ(range.error().code, ErrorCode::kInvalidRange);
  }
  EXPECT_FALSE(parse_range("bytes=0-", 0));
  EXPECT_FALSE(parse_range("bytes=-5", 0));
}

TEST(ByteRange, a_copy_names_both_ends_within_the_source) {
  EXPECT_EQ(parse_copy_range("bytes=0-9", 10).value(), (ByteRange{.first = 0, .size = 10}));
  for (const char* header : {"bytes=0-10", "bytes=5-", "bytes=-5", "0-1", "bytes=3-2", ""}) {
    const auto range = parse_copy_range(header, 10);
    ASSERT_FALSE(range) << header;
    EXPECT_EQ(range.error().code, ErrorCode::kInvalidArgument) << header;
  }
}

}  // namespace
}  // namespace headrace::services::s3
