#include "services/kinesis/get_records_json.h"

#include <cstring>

#include "base/base64.h"
#include "base/check.h"
#include "services/kinesis/put_records_json.h"
#include "wire/aws_json.h"

namespace headrace::services::kinesis {
namespace {

constexpr std::string_view kNumber = "{\"SequenceNumber\":\"";
constexpr std::string_view kArrival = "\",\"ApproximateArrivalTimestamp\":";
constexpr std::string_view kData = ",\"Data\":\"";
constexpr std::string_view kKey = ",\"PartitionKey\":";
// Names, sequence number, timestamp and punctuation of one record, more than enough.
constexpr std::size_t kFixedMax = 192;
constexpr std::size_t kEscapedMax = 6;  // characters that one byte of a key may become

char* append(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

// None for a record that has no key.
char* append_key(char* out, std::string_view key) {
  if (key.empty()) return out;
  out = append(out, kKey);
  if (plain_prefix(key.data(), key.data() + key.size()) == key.size()) {
    *out++ = '"';
    out = append(out, key);
    *out++ = '"';
    return out;
  }
  std::string escaped;
  wire::append_json_string(escaped, key);
  return append(out, escaped);
}

std::size_t size_max(const storage::Slice& slice) {
  std::size_t size = 0;
  for (const storage::RecordView& record : slice.records) {
    size += kFixedMax + base64_encoded_size(record.data.size()) + record.key.size() * kEscapedMax;
  }
  return size;
}

// Sequence numbers and timestamps as text, each made from the one before where that is cheaper.
class Running {
 public:
  explicit Running(streams::SequenceNumber number) : number_(number) {}

  std::string_view number_of(const storage::RecordView& record) {
    char* end = digits_ + sizeof digits_;
    if (started_ && record.number == number_.position) {
      streams::increment_digits(digits_, end);
      ++number_.position;
    } else {
      number_.position = record.number + 1;
      number_.write(digits_);
      started_ = true;
    }
    return {digits_, sizeof digits_};
  }

  std::string_view arrival_of(const storage::RecordView& record) {
    if (arrival_.empty() || record.arrival_ms != arrival_ms_) {
      arrival_ms_ = record.arrival_ms;
      arrival_.clear();
      wire::append_json_timestamp(arrival_, {arrival_ms_});
    }
    return arrival_;
  }

 private:
  streams::SequenceNumber number_;
  bool started_ = false;
  char digits_[streams::SequenceNumber::kTextSize] = {};
  std::int64_t arrival_ms_ = 0;
  std::string arrival_;
};

}  // namespace

std::string write_get_records(const streams::Stream& stream, const streams::Shard& shard,
                              const streams::Read& read, std::string_view next_iterator) {
  Running running({shard.created_ms, stream.id(), shard.id, 0});
  const std::string head = "{\"Records\":[";
  const std::string tail =
      "],\"NextShardIterator\":\"" + std::string(next_iterator) +
      "\",\"MillisBehindLatest\":" + std::to_string(read.millis_behind_latest) + "}";
  const std::size_t bound = head.size() + size_max(read.slice) + tail.size();
  std::string out;
  out.resize_and_overwrite(bound, [&](char* begin, std::size_t) {
    char* at = append(begin, head);
    for (const storage::RecordView& record : read.slice.records) {
      at = append(at, kNumber);
      at = append(at, running.number_of(record));
      at = append(at, kArrival);
      at = append(at, running.arrival_of(record));
      at = append(at, kData);
      at += base64_encode(record.data, at);
      *at++ = '"';
      at = append_key(at, record.key);
      at = append(at, "},");
    }
    if (!read.slice.records.empty()) --at;
    at = append(at, tail);
    const auto size = static_cast<std::size_t>(at - begin);
    CHECK(size <= bound);
    return size;
  });
  return out;
}

}  // namespace headrace::services::kinesis
