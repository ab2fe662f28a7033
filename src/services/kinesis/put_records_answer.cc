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

// What an admitted record and a refused one of the same shard are answered.
struct RunText {
  std::string admitted;
  std::string refused;
  std::size_t digits;  // where in `admitted` the sequence number stands

  RunText(wire::Format format, const streams::Stream& stream, const streams::Put::Run& run,
          bool refuses) {
    const std::string number = run.first.text();
    admitted = two_texts(format, {"SequenceNumber", number}, {"ShardId", run.shard->id.text()});
    digits = admitted.find(number);
    if (!refuses) return;
    refused = two_texts(format, {"ErrorCode", "ProvisionedThroughputExceededException"},
                        {"ErrorMessage", streams::throttled_message(stream, run.shard->id)});
  }

  void next() {
    char* begin = admitted.data() + digits;
    streams::increment_digits(begin, begin + streams::SequenceNumber::kTextSize);
  }
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
  std::vector<RunText> runs;
  runs.reserve(put.runs.size());
  std::size_t longest = 0;
  for (const streams::Put::Run& run : put.runs) {
    const RunText& text = runs.emplace_back(format, stream, run, put.throttled > 0);
    longest = std::max({longest, text.admitted.size(), text.refused.size()});
  }
  std::string out = head(format, put);
  out.reserve(out.size() + put.run_of.size() * (longest + 1) + 32);
  for (const std::uint32_t run_of : put.run_of) {
    RunText& run = runs[run_of & ~streams::Put::kThrottledBit];
    if ((run_of & streams::Put::kThrottledBit) != 0) {
      out += run.refused;
    } else {
      out += run.admitted;
      run.next();
    }
    if (json) out += ',';
  }
  if (json) out.back() = ']';
  if (put.sealed) append_sealed(out, json);
  if (json) out += '}';
  return out;
}

}  // namespace headrace::services::kinesis
