#include "streams/names.h"

#include <algorithm>

#include "streams/digits.h"

namespace headrace::streams {
namespace {

constexpr std::size_t kNameMax = 128;
constexpr std::string_view kShardPrefix = "shardId-";
constexpr std::size_t kShardDigits = 12;
static_assert(kShardPrefix.size() + kShardDigits == ShardId::kTextSize);
// What a sequence number has room for.
constexpr std::uint32_t kShardIndexMax = 999'999'999;

bool digit(char c) { return c >= '0' && c <= '9'; }

bool in_names(char c) {
  return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
         c == '-';
}

std::string_view take_until(std::string_view& rest, char end) {
  const std::size_t at = rest.find(end);
  const std::string_view taken = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
  return taken;
}

}  // namespace

std::optional<StreamName> StreamName::parse(std::string_view text) {
  if (text.empty() || text.size() > kNameMax) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), in_names)) return std::nullopt;
  return StreamName(std::string(text));
}

std::string StreamKey::arn() const {
  return "arn:aws:kinesis:" + region + ":" + account + ":stream/" + name.text();
}

std::optional<StreamKey> StreamKey::parse_arn(std::string_view arn) {
  if (take_until(arn, ':') != "arn") return std::nullopt;
  if (!take_until(arn, ':').starts_with("aws")) return std::nullopt;
  if (take_until(arn, ':') != "kinesis") return std::nullopt;
  const std::string_view region = take_until(arn, ':');
  const std::string_view account = take_until(arn, ':');
  constexpr std::string_view kStream = "stream/";
  if (!arn.starts_with(kStream)) return std::nullopt;
  auto name = StreamName::parse(arn.substr(kStream.size()));
  if (!name || region.empty() || account.empty()) return std::nullopt;
  return StreamKey{std::string(account), std::string(region), std::move(*name)};
}

void ShardId::write(char* out) const {
  std::ranges::copy(kShardPrefix, out);
  write_digits(out + kShardPrefix.size(), index, kShardDigits);
}

std::string ShardId::text() const {
  std::string out(kTextSize, '0');
  write(out.data());
  return out;
}

std::optional<ShardId> ShardId::parse(std::string_view text) {
  if (text.size() != kTextSize || !text.starts_with(kShardPrefix)) return std::nullopt;
  std::uint64_t index = 0;
  for (const char c : text.substr(kShardPrefix.size())) {
    if (!digit(c)) return std::nullopt;
    index = index * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (index > kShardIndexMax) return std::nullopt;
  return ShardId{static_cast<std::uint32_t>(index)};
}

}  // namespace headrace::streams
