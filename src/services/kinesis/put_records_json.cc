#include "services/kinesis/put_records_json.h"

#include <bit>
#include <cstdint>
#include <cstring>

#include "base/base64.h"

namespace headrace::services::kinesis {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view body)
      : at_(body.data()), end_(body.data() + body.size()), builder_(body.size()) {}

  std::optional<PutRecordsText> read() {
    if (!take('{')) return std::nullopt;
    do {
      if (!member()) return std::nullopt;
    } while (take(','));
    if (!take('}')) return std::nullopt;
    skip_space();
    if (at_ != end_) return std::nullopt;
    return builder_.finish();
  }

 private:
  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }

  bool take(char c) {
    skip_space();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  // `name`, the colon and the quote that opens the value; nothing when one of them is missing.
  bool take_name(std::string_view name) {
    if (static_cast<std::size_t>(end_ - at_) < name.size()) return false;
    if (std::memcmp(at_, name.data(), name.size()) != 0) return false;
    const char* const before = at_;
    at_ += name.size();
    if (take(':') && take('"')) return true;
    at_ = before;
    return false;
  }

  // A string without escapes whose opening quote was taken.
  std::optional<std::string_view> plain_string() {
    const char* begin = at_;
    at_ += plain_prefix(at_, end_);
    if (at_ == end_ || *at_ != '"') return std::nullopt;
    return std::string_view(begin, static_cast<std::size_t>(at_++ - begin));
  }

  bool member() {
    if (!take('"')) return false;
    constexpr std::string_view kRecords = "Records\"";
    if (static_cast<std::size_t>(end_ - at_) > kRecords.size() && *at_ == 'R') {
      if (std::memcmp(at_, kRecords.data(), kRecords.size()) != 0) return false;
      at_ += kRecords.size();
      return take(':') && records();
    }
    if (take_name("StreamName\"")) {
      const auto name = plain_string();
      return name && builder_.stream_name(*name);
    }
    if (!take_name("StreamARN\"")) return false;
    const auto arn = plain_string();
    return arn && builder_.stream_arn(*arn);
  }

  bool records() {
    if (!builder_.begin_records() || !take('[')) return false;
    do {
      if (!record()) return false;
    } while (take(','));
    return take(']');
  }

  bool record() {
    if (!builder_.begin_record() || !take('{')) return false;
    do {
      if (!take('"') || !record_member()) return false;
    } while (take(','));
    return take('}') && builder_.end_record();
  }

  bool record_member() {
    if (take_name("Data\"")) {
      char* const room = builder_.room_for_data();
      if (room == nullptr) return false;
      const QuotedBase64 data = decode_until_quote(at_, end_, room);
      if (!data.ok) return false;
      at_ += data.consumed + 1;
      builder_.data(data.written);
      return true;
    }
    if (take_name("PartitionKey\"")) {
      const auto key = plain_string();
      return key && builder_.partition_key(*key);
    }
    if (!take_name("ExplicitHashKey\"")) return false;
    const auto key = plain_string();
    return key && builder_.explicit_hash_key(*key);
  }

  const char* at_;
  const char* end_;
  PutRecordsBuilder builder_;
};

}  // namespace

// Eight characters at a time; the first one marked is right, whatever borrows mark behind it.
std::size_t plain_prefix(const char* begin, const char* end) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = kOnes * 0x80;
  const char* at = begin;
  if constexpr (std::endian::native == std::endian::little) {
    while (end - at >= 8) {
      std::uint64_t v = 0;
      std::memcpy(&v, at, sizeof v);
      const std::uint64_t quote = v ^ (kOnes * '"');
      const std::uint64_t backslash = v ^ (kOnes * '\\');
      const std::uint64_t marked =
          (v | (v - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes)) & kHigh;
      // A byte of 0x7f or less borrows only where it is below what was subtracted.
      if (marked != 0) {
        return static_cast<std::size_t>(at - begin) +
               static_cast<std::size_t>(std::countr_zero(marked)) / 8;
      }
      at += 8;
    }
  }
  while (at != end && static_cast<unsigned char>(*at) >= 0x20 &&
         static_cast<unsigned char>(*at) < 0x80 && *at != '"' && *at != '\\') {
    ++at;
  }
  return static_cast<std::size_t>(at - begin);
}

std::optional<PutRecordsText> read_put_records(std::string_view body) {
  if (body.size() > kPutRecordsBodyMax) return std::nullopt;
  return Reader(body).read();
}

}  // namespace headrace::services::kinesis
