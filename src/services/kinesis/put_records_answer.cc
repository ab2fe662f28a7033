#include "services/kinesis/put_records_answer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "wire/cbor.h"

namespace headrace::services::kinesis {
namespace {

// A structure of two texts that need no escapes.
std::string two_texts(wire::Format format, std::pair<std::string_view, std::string_view> first,
                      std::pair<std::string_view, std::string_view> second) {
  std::string out;
  if (format == wire::Format::kCbor) {
    wire::append_cbor_head(out, wire::CborMajor::kMap, 2);
    for (const auto& [name, value] : {first, second}) {
      wire::append_cbor_text(out, name);
      wire::append_cbor_text(out, value);
    }
    return out;
  }
  for (const auto& [name, value] : {first, second}) {
    out += out.empty() ? "{\"" : ",\"";
    out.append(name).append("\":\"").append(value).append("\"");
  }
  return out + "}";
}

// What the records of a put are answered, admitted or refused: apart from shard and number it is
// the same for all, in text of one length.
class EntryText {
 public:
  EntryText(std::string text, std::string_view shard, std::string_view number)
      : text_(std::move(text)), shard_at_(text_.find(shard)), number_at_(text_.find(number)) {}

  static EntryText admitted(wire::Format format, const streams::Put::Run& run) {
    const std::string shard = run.shard->id.text();
    const std::string number = run.first.text();
    return {two_texts(format, {"SequenceNumber", number}, {"ShardId", shard}), shard, number};
  }
  static EntryText refused(wire::Format format, const streams::Stream& stream,
                           const streams::Put::Run& run) {
    const streams::ShardId shard = run.shard->id;
    return {two_texts(format, {"ErrorCode", "ProvisionedThroughputExceededException"},
                      {"ErrorMessage", streams::throttled_message(stream, shard)}),
            shard.text(),
            {}};
  }

  std::size_t size() const { return text_.size(); }

  // For the first record of a run.
  void append(std::string& out, const streams::Put::Run& run) const {
    char* const at = out.data() + out.size();
    out += text_;
    run.shard->id.write(at + shard_at_);
    if (has_number()) run.first.write(at + number_at_);
  }
  // For a further one, where that of the run's last stands at `last`.
  void append_next(std::string& out, std::size_t last) const {
    char* const at = out.data() + out.size();
    out.append(out, last, text_.size());
    char* const number = at + number_at_;
    if (has_number()) {
      streams::increment_digits(number, number + streams::SequenceNumber::kTextSize);
    }
  }

 private:
  bool has_number() const { return number_at_ != 0; }

  std::string text_;
  std::size_t shard_at_;
  std::size_t number_at_;  // 0: there is none
};

std::string head(wire::Format format, const streams::Put& put) {
  if (format == wire::Format::kJson) {
    return "{\"FailedRecordCount\":" + std::to_string(put.throttled) + ",\"Records\":[";
  }
  std::string out;
  wire::append_cbor_head(out, wire::CborMajor::kMap, put.sealed ? 3 : 2);
  wire::append_cbor_text(out, "FailedRecordCount");
  wire::append_cbor_integer(out, static_cast<std::int64_t>(put.throttled));
  wire::append_cbor_text(out, "Records");
  wire::append_cbor_head(out, wire::CborMajor::kArray, put.run_of.size());
  return out;
}

void append_sealed(std::string& out, bool json) {
  if (json) {
    out += ",\"EncryptionType\":\"KMS\"";
    return;
  }
  wire::append_cbor_text(out, "EncryptionType");
  wire::append_cbor_text(out, "KMS");
}

}  // namespace

std::string write_put_records(wire::Format format, const streams::Stream& stream,
                              const streams::Put& put) {
  const bool json = format == wire::Format::kJson;
  const EntryText admitted = EntryText::admitted(format, put.runs.front());
  const EntryText refused =
      put.throttled > 0 ? EntryText::refused(format, stream, put.runs.front()) : admitted;
  std::string out = head(format, put);
  // Nothing moves while there are pointers into it.
  out.reserve(out.size() + put.run_of.size() * (std::max(admitted.size(), refused.size()) + 1) +
              32);
  struct Last {
    std::size_t admitted = 0;  // where in `out`; 0: nowhere yet
    std::size_t refused = 0;
  };
  std::vector<Last> last_of(put.runs.size());
  for (const std::uint32_t run_of : put.run_of) {
    const std::size_t run = run_of & ~streams::Put::kThrottledBit;
    const bool is_refused = run != run_of;
    const EntryText& text = is_refused ? refused : admitted;
    std::size_t& last = is_refused ? last_of[run].refused : last_of[run].admitted;
    const std::size_t begin = out.size();
    last == 0 ? text.append(out, put.runs[run]) : text.append_next(out, last);
    last = begin;
    if (json) out += ',';
  }
  if (json) out.back() = ']';
  if (put.sealed) append_sealed(out, json);
  if (json) out += '}';
  return out;
}

}  // namespace headrace::services::kinesis
