#include "producer/put_records.h"

#include "base/base64.h"
#include "producer/aws_client.h"
#include "wire/aws_json.h"
#include "wire/value.h"

namespace headrace::producer {
namespace {

std::string text_of(const wire::Value& object, std::string_view name) {
  const wire::Value* member = object.find(name);
  const std::string* text = member == nullptr ? nullptr : member->string();
  return text == nullptr ? std::string() : *text;
}

}  // namespace

std::string encode_put_records(std::string_view stream, std::span<const Record> records) {
  constexpr std::size_t kEntryOverhead = 40;
  std::size_t size = 64 + stream.size();
  for (const Record& record : records) {
    size += base64_encoded_size(record.data.size()) + record.key.size() + kEntryOverhead;
  }
  std::string body;
  body.reserve(size);
  body.append("{").append(stream_member(stream)).append(",\"Records\":[");
  for (const Record& record : records) {
    body.append("{\"Data\":\"");
    const std::size_t before = body.size();
    body.resize(before + base64_encoded_size(record.data.size()));
    base64_encode(record.data, body.data() + before);
    body.append("\",\"PartitionKey\":");
    wire::append_json_string(body, record.key);
    body.append("},");
  }
  body.back() = ']';
  body.push_back('}');
  return body;
}

Result<std::vector<std::string>> decode_put_records(std::string_view body, std::size_t count) {
  Result<wire::Value> answer = wire::parse_json(body);
  if (!answer) return fail(ErrorCode::kMalformedHttp, "the answer is not JSON");
  const wire::Value* records = answer->find("Records");
  if (records == nullptr || records->list() == nullptr || records->list()->size() != count) {
    return fail(ErrorCode::kMalformedHttp, "the answer is not for as many records as were sent");
  }
  std::vector<std::string> errors(count);
  for (std::size_t i = 0; i < count; ++i) {
    const wire::Value& entry = (*records->list())[i];
    const std::string code = text_of(entry, "ErrorCode");
    if (!code.empty()) {
      errors[i] = code + ": " + text_of(entry, "ErrorMessage");
    } else if (text_of(entry, "SequenceNumber").empty()) {
      return fail(ErrorCode::kMalformedHttp, "the answer has a record without its number");
    }
  }
  return errors;
}

}  // namespace headrace::producer
