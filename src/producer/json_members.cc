#include "producer/json_members.h"

#include <cstdint>

#include "wire/aws_json.h"

namespace headrace::producer {

std::string text_of(const wire::Value& object, std::string_view name) {
  const wire::Value* member = object.find(name);
  const std::string* text = member == nullptr ? nullptr : member->string();
  return text == nullptr ? std::string() : *text;
}

double number_of(const wire::Value& object, std::string_view name) {
  const wire::Value* member = object.find(name);
  if (member == nullptr) return 0;
  if (const auto* integer = std::get_if<std::int64_t>(&member->is)) {
    return static_cast<double>(*integer);
  }
  const auto* number = std::get_if<double>(&member->is);
  return number == nullptr ? 0 : *number;
}

std::string json_member(std::string_view name, std::string_view value) {
  std::string out = ",\"" + std::string(name) + "\":";
  wire::append_json_string(out, value);
  return out;
}

Result<wire::Value> parse_answer(std::string_view body) {
  Result<wire::Value> value = wire::parse_json(body);
  if (!value) return fail(ErrorCode::kMalformedHttp, "the answer is not JSON");
  return value;
}

}  // namespace headrace::producer
