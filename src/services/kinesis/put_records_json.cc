#include "services/kinesis/put_records_json.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/base64.h"

namespace headrace::services::kinesis {
namespace {

constexpr std::size_t kKeyMax = 256;
constexpr std::size_t kArnMax = 2048;

class Reader {
 public:
  explicit Reader(std::string_view body) : at_(body.data()), end_(body.data() + body.size()) {
    text_.draft.records =
        std::make_shared<storage::RecordBatch>(body.size(), streams::kPutRecordsMax);
  }

  std::optional<PutRecordsText> read() {
    if (!take('{')) return std::nullopt;
    do {
      if (!member()) return std::nullopt;
    } while (take(','));
    if (!take('}')) return std::nullopt;
    skip_space();
    const bool complete = at_ == end_ && has_records_ && (text_.stream_name || text_.stream_arn);
    if (!complete) return std::nullopt;
    return std::move(text_);
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
      if (has_records_ || std::memcmp(at_, kRecords.data(), kRecords.size()) != 0) return false;
      at_ += kRecords.size();
      has_records_ = true;
      return take(':') && records();
    }
    if (take_name("StreamName\"")) return stream_name();
    return take_name("StreamARN\"") && stream_arn();
  }

  bool stream_name() {
    const auto name = plain_string();
    if (!name || text_.stream_name || !streams::StreamName::parse(*name)) return false;
    text_.stream_name = std::string(*name);
    return true;
  }

  bool stream_arn() {
    const auto arn = plain_string();
    if (!arn || text_.stream_arn || arn->size() > kArnMax) return false;
    const auto key = streams::StreamKey::parse_arn(*arn);
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!key || key->account.size() != 12 || !std::ranges::all_of(key->account, digit)) {
      return false;
    }
    text_.stream_arn = std::string(*arn);
    return true;
  }

  bool records() {
    if (!take('[')) return false;
    do {
      if (text_.draft.records->size() == streams::kPutRecordsMax || !record()) return false;
    } while (take(','));
    return take(']');
  }

  bool record() {
    if (!take('{')) return false;
    storage::RecordBatch& batch = *text_.draft.records;
    std::optional<std::size_t> data_size;
    std::optional<std::string_view> key;
    bool hashed = false;
    do {
      if (!take('"')) return false;
      if (take_name("Data\"")) {
        if (data_size) return false;
        const QuotedBase64 data = decode_until_quote(at_, end_, batch.begin());
        if (!data.ok) return false;
        at_ += data.consumed + 1;
        data_size = data.written;
      } else if (take_name("PartitionKey\"")) {
        if (key) return false;
        key = plain_string();
        if (!key || key->empty() || key->size() > kKeyMax) return false;
      } else if (take_name("ExplicitHashKey\"")) {
        const auto text = plain_string();
        if (!text || hashed) return false;
        const auto hash_key = streams::HashKey::parse(*text);
        if (!hash_key) return false;
        hashed = true;
        text_.draft.explicit_hash_keys.emplace_back(batch.size(), *hash_key);
      } else {
        return false;
      }
    } while (take(','));
    if (!take('}') || !data_size || !key) return false;
    bytes_ += *data_size + key->size();
    if (bytes_ > streams::kPutBytesMax) return false;
    batch.end(*data_size, *key);
    return true;
  }

  const char* at_;
  const char* end_;
  bool has_records_ = false;
  std::size_t bytes_ = 0;
  PutRecordsText text_;
};

// What an admitted record and a refused one of the same shard are answered.
struct RunText {
  static constexpr std::string_view kHead = "{\"SequenceNumber\":\"";
  std::string admitted;
  std::string refused;

  RunText(const streams::Stream& stream, const streams::Put::Run& run, bool refuses) {
    const std::string shard = run.shard->id.text();
    admitted = std::string(kHead) + run.first.text() + "\",\"ShardId\":\"" + shard + "\"}";
    if (!refuses) return;
    refused = "{\"ErrorCode\":\"ProvisionedThroughputExceededException\",\"ErrorMessage\":\"" +
              streams::throttled_message(stream, run.shard->id) + "\"}";
  }

  void next() {
    char* digits = admitted.data() + kHead.size();
    streams::increment_digits(digits, digits + streams::SequenceNumber::kTextSize);
  }
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
  // Everything that the log can hold fits; the general reader has the same bound.
  if (body.size() > (32UL << 20)) return std::nullopt;
  return Reader(body).read();
}

std::string write_put_records(const streams::Stream& stream, const streams::Put& put) {
  std::vector<RunText> runs;
  runs.reserve(put.runs.size());
  for (const streams::Put::Run& run : put.runs) runs.emplace_back(stream, run, put.throttled > 0);
  std::string out = "{\"FailedRecordCount\":" + std::to_string(put.throttled) + ",\"Records\":[";
  std::size_t longest = 0;
  for (const RunText& run : runs) {
    longest = std::max({longest, run.admitted.size(), run.refused.size()});
  }
  out.reserve(out.size() + put.run_of.size() * (longest + 1) + 2);
  for (const std::uint32_t run_of : put.run_of) {
    RunText& run = runs[run_of & ~streams::Put::kThrottledBit];
    if ((run_of & streams::Put::kThrottledBit) != 0) {
      out += run.refused;
    } else {
      out += run.admitted;
      run.next();
    }
    out += ',';
  }
  out.back() = ']';
  out += '}';
  return out;
}

}  // namespace headrace::services::kinesis
