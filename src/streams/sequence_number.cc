#include "streams/sequence_number.h"

#include "streams/digits.h"

namespace headrace::streams {
namespace {

constexpr std::size_t kCreatedDigits = 13;
constexpr std::size_t kStreamDigits = 13;
constexpr std::size_t kShardDigits = 9;
constexpr std::size_t kPositionDigits = 19;
static_assert(2 + kCreatedDigits + kStreamDigits + kShardDigits + kPositionDigits ==
              SequenceNumber::kTextSize);

std::uint64_t take_digits(std::string_view& text, std::size_t count) {
  std::uint64_t value = 0;
  for (const char c : text.substr(0, count))
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  text.remove_prefix(count);
  return value;
}

}  // namespace

void SequenceNumber::write(char* out) const {
  out[0] = '4';
  out[1] = '9';
  out = write_digits(out + 2, static_cast<std::uint64_t>(shard_created_ms), kCreatedDigits);
  out = write_digits(out, stream, kStreamDigits);
  out = write_digits(out, shard.index, kShardDigits);
  write_digits(out, position, kPositionDigits);
}

std::string SequenceNumber::text() const {
  std::string out(kTextSize, '0');
  write(out.data());
  return out;
}

std::optional<SequenceNumber> SequenceNumber::parse(std::string_view text) {
  if (text.size() != kTextSize || !text.starts_with("49")) return std::nullopt;
  if (text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  text.remove_prefix(2);
  SequenceNumber number;
  number.shard_created_ms = static_cast<std::int64_t>(take_digits(text, kCreatedDigits));
  number.stream = take_digits(text, kStreamDigits);
  number.shard.index = static_cast<std::uint32_t>(take_digits(text, kShardDigits));
  number.position = take_digits(text, kPositionDigits);
  return number;
}

}  // namespace headrace::streams
