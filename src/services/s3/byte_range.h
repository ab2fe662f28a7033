// Byte ranges of objects.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"

namespace headrace::services::s3 {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t size = 0;
  std::uint64_t last() const { return first + size - 1; }
  bool operator==(const ByteRange&) const = default;
};

// A Range header over `size` bytes: "bytes=1-2", "bytes=1-", "bytes=-2". Nothing when it is to be
// ignored (another unit, several ranges, nonsense), which asks for all of it. kInvalidRange: none
// of it is there.
Result<std::optional<ByteRange>> parse_range(std::string_view header, std::uint64_t size);

// x-amz-copy-source-range: "bytes=first-last", both of them there and within `size` bytes.
// kInvalidArgument otherwise.
Result<ByteRange> parse_copy_range(std::string_view header, std::uint64_t size);

}  // namespace headrace::services::s3
