// Names of streams and shards.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace headrace::streams {

// 1 to 128 of A-Z a-z 0-9 _ . -
class StreamName {
 public:
  static std::optional<StreamName> parse(std::string_view text);
  const std::string& text() const { return text_; }
  auto operator<=>(const StreamName&) const = default;

 private:
  explicit StreamName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// What identifies a stream to its users.
struct StreamKey {
  std::string account;
  std::string region;
  StreamName name;
  auto operator<=>(const StreamKey&) const = default;

  std::string arn() const;  // "arn:aws:kinesis:REGION:ACCOUNT:stream/NAME"
  // Nothing when it is not the ARN of a stream.
  static std::optional<StreamKey> parse_arn(std::string_view arn);
};

// The index of a shard in its stream, never reused there; also the lane of its records.
struct ShardId {
  std::uint32_t index = 0;
  auto operator<=>(const ShardId&) const = default;

  static constexpr std::size_t kTextSize = 20;
  std::string text() const;     // "shardId-000000000007"
  void write(char* out) const;  // the same, exactly kTextSize characters
  static std::optional<ShardId> parse(std::string_view text);
};

}  // namespace headrace::streams
