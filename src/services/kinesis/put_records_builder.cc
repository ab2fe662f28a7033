#include "services/kinesis/put_records_builder.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace headrace::services::kinesis {
namespace {

constexpr std::size_t kArnMax = 2048;

}  // namespace

bool is_stream_arn(std::string_view text) {
  if (text.size() > kArnMax) return false;
  const auto key = streams::StreamKey::parse_arn(text);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return key && key->account.size() == 12 && std::ranges::all_of(key->account, digit);
}

PutRecordsBuilder::PutRecordsBuilder(std::size_t bytes_max) {
  text_.draft.records = std::make_shared<storage::RecordBatch>(bytes_max, streams::kPutRecordsMax);
}

bool PutRecordsBuilder::stream_name(std::string_view name) {
  if (text_.stream_name || !streams::StreamName::parse(name)) return false;
  text_.stream_name = std::string(name);
  return true;
}

bool PutRecordsBuilder::stream_arn(std::string_view arn) {
  if (text_.stream_arn || !is_stream_arn(arn)) return false;
  text_.stream_arn = std::string(arn);
  return true;
}

bool PutRecordsBuilder::begin_records() { return !std::exchange(has_records_, true); }

bool PutRecordsBuilder::begin_record() {
  data_size_.reset();
  key_.reset();
  is_hashed_ = false;
  return text_.draft.records->size() < streams::kPutRecordsMax;
}

char* PutRecordsBuilder::room_for_data() {
  return data_size_ ? nullptr : text_.draft.records->begin();
}

bool PutRecordsBuilder::partition_key(std::string_view key) {
  if (key_ || key.empty() || key.size() > kPartitionKeyMax) return false;
  key_ = key;
  return true;
}

bool PutRecordsBuilder::explicit_hash_key(std::string_view key) {
  if (is_hashed_) return false;
  const auto hash_key = streams::HashKey::parse(key);
  if (!hash_key) return false;
  is_hashed_ = true;
  text_.draft.explicit_hash_keys.emplace_back(text_.draft.records->size(), *hash_key);
  return true;
}

bool PutRecordsBuilder::end_record() {
  if (!data_size_ || !key_) return false;
  bytes_ += *data_size_ + key_->size();
  if (bytes_ > streams::kPutBytesMax) return false;
  text_.draft.records->end(*data_size_, *key_);
  return true;
}

std::optional<PutRecordsText> PutRecordsBuilder::finish() {
  const bool complete = text_.draft.records->size() > 0 && (text_.stream_name || text_.stream_arn);
  if (!complete) return std::nullopt;
  return std::move(text_);
}

}  // namespace headrace::services::kinesis
