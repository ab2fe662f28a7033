#include "io/disk.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "io/posix_disk.h"

namespace headrace::io {
namespace {

TEST(AtOnceTest, each_item_is_done_once_whatever_their_number) {
  PosixDisk disk;
  for (const std::size_t count : {0UL, 1UL, 7UL, 1000UL}) {
    std::vector<std::atomic<int>> done(count);
    std::atomic<bool> numbered = true;
    ASSERT_TRUE(at_once(disk, count, [&](std::size_t item, std::size_t thread) -> Status {
      ++done[item];
      if (thread >= disk.threads_at_once()) numbered = false;
      return {};
    }));
    for (const auto& times : done) EXPECT_EQ(times, 1);
    EXPECT_TRUE(numbered);
  }
}

TEST(AtOnceTest, a_failure_is_told_and_little_is_begun_after_it) {
  PosixDisk disk;
  std::atomic<std::size_t> begun = 0;
  const Status status = at_once(disk, 1'000'000, [&](std::size_t item, std::size_t) -> Status {
    ++begun;
    if (item == 10) return fail(ErrorCode::kIo, "item 10");
    return {};
  });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "item 10");
  EXPECT_LT(begun, 1'000'000U);
}

}  // namespace
}  // namespace headrace::io
