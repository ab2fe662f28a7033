#include "wire/aws_json.h"

#include <simdjson.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

#include "base/base64.h"
#include "wire/utf8.h"

namespace headrace::wire {
namespace {

// Above this a parser's buffers, several times the body, are not kept for the next one.
constexpr std::size_t kParserBytesKept = 1UL << 20;

Value to_value(simdjson::dom::element element) {
  namespace dom = simdjson::dom;
  Value out;
  switch (element.type()) {
    case dom::element_type::OBJECT: {
      Value::Object members;
      for (const auto [key, value] : dom::object(element)) {
        members.push_back({std::string(key), to_value(value)});
      }
      drop_repeated(members);
      out.is = std::move(members);
      break;
    }
    case dom::element_type::ARRAY: {
      Value::List elements;
      for (const auto value : dom::array(element)) elements.push_back(to_value(value));
      out.is = std::move(elements);
      break;
    }
    case dom::element_type::STRING: out.is = std::string(std::string_view(element)); break;
    case dom::element_type::INT64: out.is = std::int64_t(element); break;
    case dom::element_type::UINT64: out.is = static_cast<double>(std::uint64_t(element)); break;
    case dom::element_type::DOUBLE: out.is = double(element); break;
    case dom::element_type::BOOL: out.is = bool(element); break;
    case dom::element_type::NULL_VALUE: break;
  }
  return out;
}

void append_double(std::string& out, double value) {
  if (std::isnan(value)) {
    out.append("\"NaN\"");
  } else if (std::isinf(value)) {
    out.append(value < 0 ? "\"-Infinity\"" : "\"Infinity\"");
  } else {
    std::array<char, 40> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    out.append(digits.data(), end.ptr);
  }
}

void encode_structure(std::string& out, StructureShape shape, const void* structure);

void encode_value(std::string& out, const TypeInfo& type, const void* value) {
  switch (type.kind) {
    case Kind::kString: append_json_string(out, *static_cast<const std::string*>(value)); break;
    case Kind::kBlob: {
      const Bytes& bytes = *static_cast<const Bytes*>(value);
      out.push_back('"');
      const std::size_t before = out.size();
      out.resize(before + base64_encoded_size(bytes.size()));
      base64_encode(bytes.view(), out.data() + before);
      out.push_back('"');
      break;
    }
    case Kind::kBoolean: out.append(*static_cast<const bool*>(value) ? "true" : "false"); break;
    case Kind::kInteger:
      out.append(std::to_string(*static_cast<const std::int32_t*>(value)));
      break;
    case Kind::kLong: out.append(std::to_string(*static_cast<const std::int64_t*>(value))); break;
    case Kind::kDouble: append_double(out, *static_cast<const double*>(value)); break;
    case Kind::kTimestamp: append_json_timestamp(out, *static_cast<const WallTime*>(value)); break;
    case Kind::kStructure: encode_structure(out, type.structure(), value); break;
    case Kind::kList:
      out.push_back('[');
      for (std::size_t i = 0; i < type.size(value); ++i) {
        if (i > 0) out.push_back(',');
        encode_value(out, *type.element, type.element->get(type.at(value, i)));
      }
      out.push_back(']');
      break;
    case Kind::kMap: {
      struct Context {
        std::string& out;
        const TypeInfo& element;
        bool first = true;
      } context{out, *type.element};
      out.push_back('{');
      type.each(value, &context, [](void* c, std::string_view key, const void* element) {
        auto& ctx = *static_cast<Context*>(c);
        if (!ctx.first) ctx.out.push_back(',');
        ctx.first = false;
        append_json_string(ctx.out, key);
        ctx.out.push_back(':');
        encode_value(ctx.out, ctx.element, ctx.element.get(element));
      });
      out.push_back('}');
      break;
    }
    case Kind::kStream:
    case Kind::kEventStream: break;
  }
}

void encode_structure(std::string& out, StructureShape shape, const void* structure) {
  out.push_back('{');
  bool first = true;
  for (const Member& member : shape.members) {
    if (!in_document(member)) continue;
    // field() only computes an address.
    const void* value = member.type->get(member.field(const_cast<void*>(structure)));
    if (value == nullptr) continue;
    if (!first) out.push_back(',');
    first = false;
    out.push_back('"');
    out.append(member.name);
    out.append("\":");
    encode_value(out, *member.type, value);
  }
  out.push_back('}');
}

}  // namespace

Result<Value> parse_json(std::string_view body) {
  if (body.empty()) {
    Value empty;
    empty.is = Value::Object{};
    return empty;
  }
  // One parser a thread: its buffers are as large as the largest body it saw, which is bounded.
  thread_local simdjson::dom::parser parser;
  if (parser.max_depth() != kJsonDepthMax && parser.allocate(body.size(), kJsonDepthMax)) {
    return fail(ErrorCode::kInternal, "out of memory");
  }
  simdjson::dom::element element;
  const bool parsed = parser.parse(body.data(), body.size()).get(element) == simdjson::SUCCESS;
  Result<Value> out = parsed && element.is_object()
                          ? Result<Value>(to_value(element))
                          : Result<Value>(fail(ErrorCode::kSerialization, ""));
  if (body.size() > kParserBytesKept) parser = simdjson::dom::parser();
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x80) {
      const std::size_t length = utf8_length(text.substr(i));
      out.append(length == 0 ? kReplacement : text.substr(i, length));
      i += length == 0 ? 1 : length;
      continue;
    }
    ++i;
    switch (c) {
      case '"': out.append("\\\""); break;
      case '\\': out.append("\\\\"); break;
      case '\n': out.append("\\n"); break;
      case '\r': out.append("\\r"); break;
      case '\t': out.append("\\t"); break;
      default:
        if (c < 0x20) {
          char escape[8];
          std::snprintf(escape, sizeof escape, "\\u%04x", c);
          out.append(escape);
        } else {
          out.push_back(static_cast<char>(c));
        }
    }
  }
  out.push_back('"');
}

void append_json_timestamp(std::string& out, WallTime time) {
  char digits[40];
  const bool negative = time.ms < 0;
  const std::int64_t ms = negative ? -time.ms : time.ms;
  std::snprintf(digits, sizeof digits, "%s%lld.%03d", negative ? "-" : "",
                static_cast<long long>(ms / 1000), static_cast<int>(ms % 1000));
  std::string_view text(digits);
  while (text.back() == '0') text.remove_suffix(1);
  if (text.back() == '.') text.remove_suffix(1);
  out.append(text);
}

std::string encode_json(StructureShape shape, const void* structure) {
  std::string out;
  encode_structure(out, shape, structure);
  return out;
}

std::string encode_json_error(std::string_view name, std::string_view message) {
  std::string out = "{\"__type\":";
  append_json_string(out, name);
  if (!message.empty()) {
    // AWS's framework spells this one error's member with a capital.
    out.append(name == "SerializationException" ? ",\"Message\":" : ",\"message\":");
    append_json_string(out, message);
  }
  out.push_back('}');
  return out;
}

}  // namespace headrace::wire
