#include "services/s3/byte_range.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace headrace::services::s3 {
namespace {

constexpr std::string_view kUnit = "bytes=";

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (end != text.data() + text.size() || text.empty()) return std::nullopt;
  // Numbers past 64 bits are as good as the largest.
  if (error == std::errc::result_out_of_range) return UINT64_MAX;
  if (error != std::errc()) return std::nullopt;
  return out;
}

}  // namespace

Result<std::optional<ByteRange>> parse_range(std::string_view header, std::uint64_t size) {
  if (!header.starts_with(kUnit)) return std::nullopt;
  header.remove_prefix(kUnit.size());
  const std::size_t dash = header.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = number(header.substr(0, dash));
  const auto last = number(header.substr(dash + 1));
  const bool suffix = dash == 0;
  const bool open = dash + 1 == header.size();
  if ((!first && !suffix) || (!last && !open) || (suffix && open)) return std::nullopt;
  if (!suffix && !open && *last < *first) return std::nullopt;
  const auto unsatisfiable = [] {
    return fail(ErrorCode::kInvalidRange, "The requested range is not satisfiable");
  };
  if (suffix) {
    const std::uint64_t count = std::min(*last, size);
    if (count == 0) return unsatisfiable();
    return ByteRange{.first = size - count, .size = count};
  }
  if (*first >= size) return unsatisfiable();
  const std::uint64_t end = open ? size - 1 : std::min(*last, size - 1);
  return ByteRange{.first = *first, .size = end - *first + 1};
}

Result<ByteRange> parse_copy_range(std::string_view header, std::uint64_t size) {
  const std::size_t dash = header.find('-');
  std::optional<std::uint64_t> first;
  std::optional<std::uint64_t> last;
  if (header.starts_with(kUnit) && dash != std::string_view::npos) {
    first = number(header.substr(kUnit.size(), dash - kUnit.size()));
    last = number(header.substr(dash + 1));
  }
  if (!first || !last || *last < *first) {
    return fail(
        ErrorCode::kInvalidArgument,
        "The x-amz-copy-source-range value must be of the form bytes=first-last where first "
        "and last are the zero-based offsets of the first and last bytes to copy");
  }
  if (*last >= size) {
    return fail(ErrorCode::kInvalidArgument,
                "Range specified is not valid for source object of size: " + std::to_string(size));
  }
  return ByteRange{.first = *first, .size = *last - *first + 1};
}

}  // namespace headrace::services::s3
