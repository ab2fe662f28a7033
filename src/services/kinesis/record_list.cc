#include "services/kinesis/record_list.h"

#include <cstring>

#include "base/base64.h"
#include "base/check.h"
#include "services/kinesis/plain_json.h"
#include "wire/aws_json.h"
#include "wire/cbor.h"

namespace headrace::services::kinesis {
namespace {

// Names, sequence number, timestamp, encryption type and punctuation of one record, more than
// enough.
constexpr std::size_t kFixedMax = 224;
constexpr std::size_t kEscapedMax = 6;  // bytes that one byte of a key may become

char* append(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

bool is_plain(std::string_view key) {
  return plain_prefix(key.data(), key.data() + key.size()) == key.size();
}

// Sequence numbers and timestamps as text, each made from the one before where that is cheaper.
class Running {
 public:
  Running(wire::Format format, streams::SequenceNumber number) : format_(format), number_(number) {}

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
      if (format_ == wire::Format::kJson) {
        wire::append_json_timestamp(arrival_, {arrival_ms_});
      } else {
        wire::append_cbor_timestamp(arrival_, arrival_ms_);
      }
    }
    return arrival_;
  }

 private:
  wire::Format format_;
  streams::SequenceNumber number_;
  bool started_ = false;
  char digits_[streams::SequenceNumber::kTextSize] = {};
  std::int64_t arrival_ms_ = 0;
  std::string arrival_;
};

char* append_json_key(char* out, std::string_view key) {
  if (is_plain(key)) {
    *out++ = '"';
    out = append(out, key);
    *out++ = '"';
    return out;
  }
  std::string escaped;
  wire::append_json_string(escaped, key);
  return append(out, escaped);
}

char* write_json(char* at, Running& running, const storage::Slice& slice) {
  *at++ = '[';
  for (const storage::RecordView& record : slice.records) {
    at = append(at, "{\"SequenceNumber\":\"");
    at = append(at, running.number_of(record));
    at = append(at, "\",\"ApproximateArrivalTimestamp\":");
    at = append(at, running.arrival_of(record));
    at = append(at, ",\"Data\":\"");
    at += base64_encode(record.data, at);
    *at++ = '"';
    if (!record.key.empty()) {
      at = append(at, ",\"PartitionKey\":");
      at = append_json_key(at, record.key);
    }
    if (record.mark != 0) at = append(at, ",\"EncryptionType\":\"KMS\"");
    at = append(at, "},");
  }
  if (!slice.records.empty()) --at;
  *at++ = ']';
  return at;
}

// Each name with its head, and the head of the text that follows the first.
constexpr std::string_view kCborNumber = "\x6eSequenceNumber\x78\x38";
constexpr std::string_view kCborArrival =
    "\x78\x1b"
    "ApproximateArrivalTimestamp";
constexpr std::string_view kCborData =
    "\x64"
    "Data";
constexpr std::string_view kCborKey = "\x6cPartitionKey";
constexpr std::string_view kCborSealed =
    "\x6e"
    "EncryptionType\x63KMS";
static_assert(streams::SequenceNumber::kTextSize == 0x38);

char* append_cbor_key(char* out, std::string_view key) {
  if (is_plain(key)) {
    out = wire::write_cbor_head(out, wire::CborMajor::kText, key.size());
    return append(out, key);
  }
  std::string text;
  wire::append_cbor_text(text, key);
  return append(out, text);
}

char* write_cbor(char* at, Running& running, const storage::Slice& slice) {
  at = wire::write_cbor_head(at, wire::CborMajor::kArray, slice.records.size());
  for (const storage::RecordView& record : slice.records) {
    // A record that was spread over the shards, not sorted into them, may have no key.
    const std::size_t members = 3U + (record.key.empty() ? 0 : 1) + (record.mark != 0 ? 1 : 0);
    at = wire::write_cbor_head(at, wire::CborMajor::kMap, members);
    at = append(at, kCborNumber);
    at = append(at, running.number_of(record));
    at = append(at, kCborArrival);
    at = append(at, running.arrival_of(record));
    at = append(at, kCborData);
    at = wire::write_cbor_head(at, wire::CborMajor::kBytes, record.data.size());
    at = append(at, record.data);
    if (!record.key.empty()) {
      at = append(at, kCborKey);
      at = append_cbor_key(at, record.key);
    }
    if (record.mark != 0) at = append(at, kCborSealed);
  }
  return at;
}

}  // namespace

std::size_t record_list_bytes_max(const storage::Slice& slice) {
  std::size_t size = wire::kCborHeadBytesMax;
  for (const storage::RecordView& record : slice.records) {
    size += kFixedMax + base64_encoded_size(record.data.size()) + record.key.size() * kEscapedMax;
  }
  return size;
}

void append_record_list(std::string& out, wire::Format format, streams::SequenceNumber shard,
                        const storage::Slice& slice) {
  Running running(format, shard);
  const std::size_t before = out.size();
  const std::size_t bound = before + record_list_bytes_max(slice);
  out.resize_and_overwrite(bound, [&](char* begin, std::size_t) {
    char* const at = begin + before;
    const char* const end = format == wire::Format::kJson ? write_json(at, running, slice)
                                                          : write_cbor(at, running, slice);
    const auto size = static_cast<std::size_t>(end - begin);
    CHECK(size <= bound);
    return size;
  });
}

}  // namespace headrace::services::kinesis
