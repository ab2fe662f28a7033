#include "producer/lines.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <utility>

#include "wire/aws_json.h"
#include "wire/value.h"

namespace headrace::producer {
namespace {

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(
      utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string shown(double number) {
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof digits, number);
  return {digits, end.ptr};
}

}  // namespace

Lines::Lines(Options options, Random& random, Accept accept, Reject reject)
    : options_(std::move(options)),
      random_(random),
      accept_(std::move(accept)),
      reject_(std::move(reject)) {}

Status Lines::add(std::string_view piece) {
  std::size_t end = piece.find('\n');
  if (end != std::string_view::npos && !rest_.empty()) {
    rest_.append(piece.substr(0, end + 1));
    piece.remove_prefix(end + 1);
    line(rest_);
    rest_.clear();
    end = piece.find('\n');
  }
  while (end != std::string_view::npos) {
    line(piece.substr(0, end + 1));
    piece.remove_prefix(end + 1);
    end = piece.find('\n');
  }
  rest_.append(piece);
  if (rest_.size() > kLineBytesMax) {
    return fail(ErrorCode::kRequestTooLarge, "a line of more than 16 MiB");
  }
  return {};
}

void Lines::finish() {
  if (rest_.empty()) return;
  rest_ += '\n';
  line(rest_);
  rest_.clear();
}

void Lines::line(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
  Record record;
  if (options_.format == Format::kNdjson) {
    Result<std::string> key = key_of(text);
    if (!key) {
      reject_(text, key.error().message);
      return;
    }
    record.key = std::move(*key);
  }
  record.ordered = !options_.key_field.empty();
  if (!record.ordered) record.key = random_key();
  if (text.size() + record.key.size() > kRecordBytesMax) {
    reject_(text, "data and partition key are more than 1 MiB");
    return;
  }
  record.data = text;
  accept_(std::move(record));
}

Result<std::string> Lines::key_of(std::string_view text) const {
  const Result<wire::Value> object = wire::parse_json(text);
  if (!object) return fail(ErrorCode::kSerialization, "not a JSON object");
  if (options_.key_field.empty()) return std::string();
  const wire::Value* field = object->find(options_.key_field);
  if (field == nullptr) {
    return fail(ErrorCode::kInvalidArgument, "no member '" + options_.key_field + "'");
  }
  std::string key;
  if (const auto* string = std::get_if<std::string>(&field->is)) key = *string;
  if (const auto* integer = std::get_if<std::int64_t>(&field->is)) key = std::to_string(*integer);
  if (const auto* number = std::get_if<double>(&field->is)) key = shown(*number);
  if (const auto* truth = std::get_if<bool>(&field->is)) key = *truth ? "true" : "false";
  if (key.empty() || characters(key) > kKeyCharactersMax) {
    return fail(ErrorCode::kInvalidArgument, "'" + options_.key_field +
                                                 "' is no partition key: a string of 1 to 256 "
                                                 "characters, a number or a boolean");
  }
  return key;
}

std::string Lines::random_key() {
  // Fifteen digits lie inside the string object: no allocation.
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::uint64_t word = random_.next();
  std::string key(15, '0');
  for (char& c : key) {
    c = kDigits[word & 0xf];
    word >>= 4;
  }
  return key;
}

}  // namespace headrace::producer
