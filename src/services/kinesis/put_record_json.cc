#include "services/kinesis/put_record_json.h"

#include <algorithm>
#include <cstring>

#include "base/base64.h"
#include "services/kinesis/put_records_json.h"

namespace headrace::services::kinesis {
namespace {

constexpr std::size_t kKeyMax = 256;
constexpr std::size_t kArnMax = 2048;
constexpr std::size_t kSequenceNumberMax = 129;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_sequence_number(std::string_view text) {
  const bool starts_well = text.size() == 1 || (!text.empty() && text.front() != '0');
  return starts_well && text.size() <= kSequenceNumberMax && std::ranges::all_of(text, is_digit);
}

bool is_stream_arn(std::string_view text) {
  if (text.size() > kArnMax) return false;
  const auto key = streams::StreamKey::parse_arn(text);
  return key && key->account.size() == 12 && std::ranges::all_of(key->account, is_digit);
}

class Reader {
 public:
  explicit Reader(std::string_view body) : at_(body.data()), end_(body.data() + body.size()) {
    text_.draft.records = std::make_shared<storage::RecordBatch>(body.size(), 1);
  }

  std::optional<PutRecordText> read() {
    if (!take('{')) return std::nullopt;
    do {
      if (!take('"') || !member()) return std::nullopt;
    } while (take(','));
    if (!take('}')) return std::nullopt;
    skip_space();
    const bool named = text_.stream_name || text_.stream_arn;
    if (at_ != end_ || !named || !data_size_ || !key_) return std::nullopt;
    text_.draft.records->end(*data_size_, *key_);
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

  // `name`, the colon and the quote that opens the value. What does not follow a name that is there
  // is no plain request, so nothing needs to be given back.
  bool take_name(std::string_view name) {
    if (static_cast<std::size_t>(end_ - at_) < name.size()) return false;
    if (std::memcmp(at_, name.data(), name.size()) != 0) return false;
    at_ += name.size();
    return take(':') && take('"');
  }

  // A string without escapes whose opening quote was taken.
  std::optional<std::string_view> plain_string() {
    const char* const begin = at_;
    at_ += plain_prefix(at_, end_);
    if (at_ == end_ || *at_ != '"') return std::nullopt;
    return std::string_view(begin, static_cast<std::size_t>(at_++ - begin));
  }

  bool member() {
    if (at_ == end_) return false;
    switch (*at_) {
      case 'D': return take_name("Data\"") && data();
      case 'P': return take_name("PartitionKey\"") && partition_key();
      case 'E': return take_name("ExplicitHashKey\"") && explicit_hash_key();
      default: break;
    }
    if (end_ - at_ < 7) return false;
    if (*at_ == 'S' && at_[1] == 'e') {
      return take_name("SequenceNumberForOrdering\"") &&
             text(text_.sequence_number_for_ordering, is_sequence_number);
    }
    if (at_[6] == 'N') {
      return take_name("StreamName\"") && text(text_.stream_name, [](std::string_view name) {
               return streams::StreamName::parse(name).has_value();
             });
    }
    return take_name("StreamARN\"") && text(text_.stream_arn, is_stream_arn);
  }

  bool data() {
    if (data_size_) return false;
    const QuotedBase64 found = decode_until_quote(at_, end_, text_.draft.records->begin());
    if (!found.ok) return false;
    at_ += found.consumed + 1;
    data_size_ = found.written;
    return true;
  }

  bool partition_key() {
    if (key_) return false;
    key_ = plain_string();
    return key_ && !key_->empty() && key_->size() <= kKeyMax;
  }

  bool explicit_hash_key() {
    const auto digits = plain_string();
    if (!digits || !text_.draft.explicit_hash_keys.empty()) return false;
    const auto hash_key = streams::HashKey::parse(*digits);
    if (hash_key) text_.draft.explicit_hash_keys.emplace_back(0, *hash_key);
    return hash_key.has_value();
  }

  bool text(std::optional<std::string>& into, bool (*is_valid)(std::string_view)) {
    const auto value = plain_string();
    if (!value || into || !is_valid(*value)) return false;
    into = std::string(*value);
    return true;
  }

  const char* at_;
  const char* end_;
  std::optional<std::size_t> data_size_;
  std::optional<std::string_view> key_;
  PutRecordText text_;
};

}  // namespace

std::optional<PutRecordText> read_put_record(std::string_view body) {
  // Everything that the log can hold fits; the general reader has the same bound.
  if (body.size() > (32UL << 20)) return std::nullopt;
  return Reader(body).read();
}

std::string write_put_record(const streams::Put& put) {
  const streams::Put::Run& run = put.runs.front();
  std::string out = "{\"ShardId\":\"";
  out.reserve(192);
  out.append(run.shard->id.text()).append("\",\"SequenceNumber\":\"").append(run.first.text());
  return out.append(put.sealed ? "\",\"EncryptionType\":\"KMS\"}" : "\"}");
}

}  // namespace headrace::services::kinesis
