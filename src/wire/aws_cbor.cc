#include "wire/aws_cbor.h"

#include <cmath>
#include <utility>

#include "wire/cbor.h"
#include "wire/utf8.h"

namespace headrace::wire {
namespace {

class Parser {
 public:
  explicit Parser(std::string_view body) : reader_(body) {}

  // Each of these: false when it is not so.
  bool document(Value& into) {
    const auto head = reader_.head();
    return head && head->major == CborMajor::kMap && value(*head, into, 0) && reader_.at_end();
  }

 private:
  bool value(const CborHead& head, Value& into, int depth) {
    if (++values_ > kCborValuesMax) return false;
    switch (head.major) {
      case CborMajor::kUnsigned:
      case CborMajor::kNegative: return integer(head, into);
      case CborMajor::kBytes: {
        Bytes bytes;
        if (!reader_.append_string(head, bytes.value)) return false;
        into.is = std::move(bytes);
        return true;
      }
      case CborMajor::kText: {
        std::string text;
        if (!this->text(head, text)) return false;
        into.is = std::move(text);
        return true;
      }
      case CborMajor::kArray: return depth < kCborDepthMax && array(head, into, depth + 1);
      case CborMajor::kMap: return depth < kCborDepthMax && map(head, into, depth + 1);
      case CborMajor::kTag: return head.argument == kCborTimeTag && time(into);
      case CborMajor::kSimple: return simple(head, into);
    }
    return false;
  }

  bool text(const CborHead& head, std::string& into) {
    return reader_.append_string(head, into) && is_utf8(into);
  }

  static bool integer(const CborHead& head, Value& into) {
    const bool fits = head.argument <= static_cast<std::uint64_t>(INT64_MAX);
    if (head.major == CborMajor::kNegative) {
      if (!fits) return false;
      into.is = -1 - static_cast<std::int64_t>(head.argument);
    } else if (fits) {
      into.is = static_cast<std::int64_t>(head.argument);
    } else {
      into.is = static_cast<double>(head.argument);
    }
    return true;
  }

  static bool simple(const CborHead& head, Value& into) {
    if (head.is_null()) return true;
    if (const auto real = head.real()) {
      into.is = *real;
      return true;
    }
    const auto boolean = head.boolean();
    if (boolean) into.is = *boolean;
    return boolean.has_value();
  }

  // Whole milliseconds, or seconds as a float.
  bool time(Value& into) {
    constexpr double kSecondsMax = 9e15;
    const auto head = reader_.head();
    if (!head) return false;
    if (const auto seconds = head->real()) {
      if (!(std::abs(*seconds) <= kSecondsMax)) return false;
      into.is = WallTime{std::llround(*seconds * 1000)};
      return true;
    }
    const bool whole = head->major == CborMajor::kUnsigned || head->major == CborMajor::kNegative;
    if (!whole || !integer(*head, into)) return false;
    const auto* ms = std::get_if<std::int64_t>(&into.is);
    if (ms == nullptr) return false;
    into.is = WallTime{*ms};
    return true;
  }

  bool array(const CborHead& head, Value& into, int depth) {
    Value::List list;
    while (!reader_.at_end_of(head, list.size())) {
      const auto element = reader_.head();
      if (!element || !value(*element, list.emplace_back(), depth)) return false;
    }
    into.is = std::move(list);
    return true;
  }

  bool map(const CborHead& head, Value& into, int depth) {
    Value::Object object;
    while (!reader_.at_end_of(head, object.size())) {
      const auto key = reader_.head();
      if (!key || key->major != CborMajor::kText) return false;
      Value::Entry& entry = object.emplace_back();
      if (!text(*key, entry.key)) return false;
      const auto member = reader_.head();
      if (!member || !value(*member, entry.value, depth)) return false;
    }
    drop_repeated(object);
    into.is = std::move(object);
    return true;
  }

  CborReader reader_;
  std::size_t values_ = 0;
};

void append_value(std::string& out, const TypeInfo& type, const void* value) {
  switch (type.kind) {
    case Kind::kString: append_cbor_text(out, *static_cast<const std::string*>(value)); break;
    case Kind::kBlob: append_cbor_bytes(out, static_cast<const Bytes*>(value)->view()); break;
    case Kind::kBoolean: append_cbor_boolean(out, *static_cast<const bool*>(value)); break;
    case Kind::kInteger: append_cbor_integer(out, *static_cast<const std::int32_t*>(value)); break;
    case Kind::kLong: append_cbor_integer(out, *static_cast<const std::int64_t*>(value)); break;
    case Kind::kDouble: append_cbor_double(out, *static_cast<const double*>(value)); break;
    case Kind::kTimestamp:
      append_cbor_timestamp(out, static_cast<const WallTime*>(value)->ms);
      break;
    case Kind::kStructure: append_cbor(out, type.structure(), value); break;
    case Kind::kList:
      append_cbor_head(out, CborMajor::kArray, type.size(value));
      for (std::size_t i = 0; i < type.size(value); ++i) {
        append_value(out, *type.element, type.element->get(type.at(value, i)));
      }
      break;
    case Kind::kMap: {
      struct Context {
        std::string& out;
        const TypeInfo& element;
      } context{out, *type.element};
      append_cbor_head(out, CborMajor::kMap, type.size(value));
      type.each(value, &context, [](void* c, std::string_view key, const void* element) {
        const auto& ctx = *static_cast<Context*>(c);
        append_cbor_text(ctx.out, key);
        append_value(ctx.out, ctx.element, ctx.element.get(element));
      });
      break;
    }
    case Kind::kStream:
    case Kind::kEventStream: break;
  }
}

// Null: the member is not there, or not in the document.
const void* value_of(const Member& member, const void* structure) {
  if (!in_document(member)) return nullptr;
  // field() only computes an address.
  return member.type->get(member.field(const_cast<void*>(structure)));
}

}  // namespace

Result<Value> parse_cbor(std::string_view body) {
  Value out;
  if (body.empty()) {
    out.is = Value::Object{};
    return out;
  }
  if (!Parser(body).document(out)) return fail(ErrorCode::kSerialization, "");
  return out;
}

void append_cbor(std::string& out, StructureShape shape, const void* structure) {
  std::size_t count = 0;
  for (const Member& member : shape.members) {
    count += value_of(member, structure) != nullptr ? 1U : 0U;
  }
  append_cbor_head(out, CborMajor::kMap, count);
  for (const Member& member : shape.members) {
    const void* value = value_of(member, structure);
    if (value == nullptr) continue;
    append_cbor_text(out, member.name);
    append_value(out, *member.type, value);
  }
}

std::string encode_cbor_error(std::string_view name, std::string_view message) {
  std::string out;
  append_cbor_head(out, CborMajor::kMap, message.empty() ? 1 : 2);
  append_cbor_text(out, "__type");
  append_cbor_text(out, name);
  if (!message.empty()) {
    // AWS's framework spells this one error's member with a capital.
    append_cbor_text(out, name == "SerializationException" ? "Message" : "message");
    append_cbor_text(out, message);
  }
  return out;
}

}  // namespace headrace::wire
