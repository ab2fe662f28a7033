#include "services/kinesis/put_record_json.h"

#include <algorithm>

#include "services/kinesis/plain_json.h"
#include "services/kinesis/put_records_builder.h"

namespace headrace::services::kinesis {
namespace {

constexpr std::size_t kSequenceNumberMax = 129;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_sequence_number(std::string_view text) {
  const bool starts_well = text.size() == 1 || (!text.empty() && text.front() != '0');
  return starts_well && text.size() <= kSequenceNumberMax && std::ranges::all_of(text, is_digit);
}

class Reader {
 public:
  explicit Reader(std::string_view body) : in_(body) {
    text_.draft.records = std::make_shared<storage::RecordBatch>(body.size(), 1);
  }

  std::optional<PutRecordText> read() {
    if (!in_.take('{')) return std::nullopt;
    do {
      if (!in_.take('"') || !member()) return std::nullopt;
    } while (in_.take(','));
    if (!in_.take('}')) return std::nullopt;
    const bool named = text_.stream_name || text_.stream_arn;
    if (!in_.at_end() || !named || !data_size_ || !key_) return std::nullopt;
    text_.draft.records->end(*data_size_, *key_);
    return std::move(text_);
  }

 private:
  bool member() {
    // Long enough for what is looked at; no member is shorter than this with its value.
    if (in_.left() < 7) return false;
    switch (in_.peek()) {
      case 'D': return in_.take_name_of_text("Data\"") && data();
      case 'P': return in_.take_name_of_text("PartitionKey\"") && partition_key();
      case 'E': return in_.take_name_of_text("ExplicitHashKey\"") && explicit_hash_key();
      default: break;
    }
    if (in_.peek() == 'S' && in_.peek(1) == 'e') {
      return in_.take_name_of_text("SequenceNumberForOrdering\"") &&
             text(text_.sequence_number_for_ordering, is_sequence_number);
    }
    if (in_.peek(6) == 'N') {
      return in_.take_name_of_text("StreamName\"") &&
             text(text_.stream_name, [](std::string_view name) {
               return streams::StreamName::parse(name).has_value();
             });
    }
    return in_.take_name_of_text("StreamARN\"") && text(text_.stream_arn, is_stream_arn);
  }

  bool data() {
    if (data_size_) return false;
    data_size_ = in_.base64(text_.draft.records->begin());
    return data_size_.has_value();
  }

  bool partition_key() {
    if (key_) return false;
    key_ = in_.text();
    return key_ && !key_->empty() && key_->size() <= kPartitionKeyMax;
  }

  bool explicit_hash_key() {
    const auto digits = in_.text();
    if (!digits || !text_.draft.explicit_hash_keys.empty()) return false;
    const auto hash_key = streams::HashKey::parse(*digits);
    if (hash_key) text_.draft.explicit_hash_keys.emplace_back(0, *hash_key);
    return hash_key.has_value();
  }

  bool text(std::optional<std::string>& into, bool (*is_valid)(std::string_view)) {
    const auto value = in_.text();
    if (!value || into || !is_valid(*value)) return false;
    into = std::string(*value);
    return true;
  }

  PlainJson in_;
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
