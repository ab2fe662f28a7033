#include "wire/bind.h"

#include <re2/re2.h>

#include <charconv>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "base/base64.h"
#include "base/mutex.h"

namespace headrace::wire {
namespace {

constexpr std::size_t kShownCharsMax = 2048;

std::size_t characters(std::string_view utf8) {
  std::size_t count = 0;
  for (const char c : utf8) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1U : 0U;
  return count;
}

const char* type_name(Kind kind) {
  switch (kind) {
    case Kind::kString: return "String";
    case Kind::kBlob: return "Blob";
    case Kind::kBoolean: return "Boolean";
    case Kind::kInteger: return "Integer";
    case Kind::kLong: return "Long";
    case Kind::kDouble: return "Double";
    case Kind::kTimestamp: return "Timestamp";
    case Kind::kStructure: return "Structure";
    case Kind::kList: return "List";
    case Kind::kMap: return "Map";
    case Kind::kStream: return "Stream";
  }
  return "";
}

std::string cannot_convert(const Value& value, Kind kind) {
  if (value.list() != nullptr) return "Start of list found where not expected";
  if (value.object() != nullptr) return "Start of structure or map found where not expected.";
  const char* token = "NUMBER_VALUE";
  if (value.string() != nullptr) token = "STRING_VALUE";
  if (const bool* b = std::get_if<bool>(&value.is)) token = *b ? "TRUE_VALUE" : "FALSE_VALUE";
  return std::string(token) + " cannot be converted to " + type_name(kind);
}

// How AWS shows a list: by its elements' text, or just that they are structures.
std::string show_list(const Value::List& list) {
  std::string out = "[";
  for (const Value& element : list) {
    if (out.size() > 1) out += ", ";
    const std::string* text = element.string();
    out += text != nullptr ? *text : "{...}";
    if (out.size() > kShownCharsMax) return out + "...]";
  }
  return out + "]";
}

std::string show_map(const Value::Object& object) {
  std::string out = "{";
  for (const auto& [key, element] : object) {
    if (out.size() > 1) out += ", ";
    const std::string* text = element.string();
    out += key + "=" + (text != nullptr ? *text : "{...}");
    if (out.size() > kShownCharsMax) return out + "...}";
  }
  return out + "}";
}

bool is_one_of(std::string_view text, std::string_view values) {
  while (!values.empty()) {
    const std::size_t bar = values.find('|');
    if (values.substr(0, bar) == text) return true;
    if (bar == std::string_view::npos) break;
    values.remove_prefix(bar + 1);
  }
  return false;
}

std::string enum_list(std::string_view values) {
  std::string out = "[";
  for (const char c : values) {
    if (c == '|') {
      out += ", ";
    } else {
      out += c;
    }
  }
  return out + "]";
}

// A pattern as RE2 takes it. Java's negative look-ahead at the start, which AWS uses for reserved
// prefixes, is taken apart: `not_prefix` must not start the text.
struct Compiled {
  std::string not_prefix;
  std::unique_ptr<re2::RE2> expression;
};

Compiled compile(std::string_view pattern) {
  Compiled compiled;
  std::string rest(pattern);
  const std::string look_ahead = "^(?!";
  if (rest.starts_with(look_ahead)) {
    const std::size_t close = rest.find(')');
    compiled.not_prefix = rest.substr(look_ahead.size(), close - look_ahead.size());
    rest = rest.substr(close + 1);
  }
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_dot_nl(false);
  compiled.expression = std::make_unique<re2::RE2>(rest, options);
  return compiled;
}

}  // namespace

bool matches(std::string_view text, std::string_view pattern) {
  static Mutex mutex;
  // Patterns are constants of shapes, so there are only so many.
  static std::map<std::string_view, Compiled> cache;
  const Compiled* compiled = nullptr;
  {
    MutexLock lock(mutex);
    auto found = cache.find(pattern);
    if (found == cache.end()) found = cache.emplace(pattern, compile(pattern)).first;
    compiled = &found->second;
  }
  if (!compiled->not_prefix.empty() && text.starts_with(compiled->not_prefix)) return false;
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *compiled->expression);
}

std::string lower_camel(std::string_view name) {
  std::string out(name);
  if (!out.empty() && out[0] >= 'A' && out[0] <= 'Z')
    out[0] = static_cast<char>(out[0] - 'A' + 'a');
  return out;
}

Status bind(const Value& value, StructureShape shape, Scalars scalars, void* structure) {
  Binder binder(scalars);
  if (value.object() == nullptr) {
    return fail(ErrorCode::kSerialization, cannot_convert(value, Kind::kStructure));
  }
  binder.members(value, shape, structure, "");
  return binder.result();
}

void Binder::members(const Value& value, StructureShape shape, void* structure,
                     const std::string& path) {
  for (const Member& m : shape.members) {
    if (m.location == Location::kBody) member(value.find(m.name), m, structure, path);
  }
}

void Binder::member(const Value* given, const Member& m, void* structure, const std::string& path) {
  const bool absent = given == nullptr || given->null();
  const std::string member_path =
      path.empty() ? lower_camel(m.name) : path + "." + lower_camel(m.name);
  if (m.refused()) {
    if (!absent && !error_) {
      error_ = Error{ErrorCode::kNotImplemented,
                     "Headrace does not support " + std::string(m.name) + " yet", member_path};
    }
    return;
  }
  if (absent) {
    if (m.is_required) violation("null", member_path, "not be null");
    return;
  }
  value(*given, *m.type, m.type->emplace(m.field(structure)), m, m.constraints, member_path);
}

void Binder::value(const Value& v, const TypeInfo& type, void* into, const Member& m,
                   const Constraints& constraints, const std::string& path) {
  switch (type.kind) {
    case Kind::kString: return string(v, into, constraints, path);
    case Kind::kBlob: return blob(v, into, constraints, path);
    case Kind::kBoolean: return boolean(v, into);
    case Kind::kInteger:
    case Kind::kLong:
    case Kind::kDouble: return number(v, type, into, constraints, path);
    case Kind::kTimestamp: return timestamp(v, into);
    case Kind::kList: return list(v, type, into, m, constraints, path);
    case Kind::kMap: return map(v, type, into, m, constraints, path);
    case Kind::kStructure:
      // An empty element of a form or an XML document is an empty structure.
      if (v.object() == nullptr && !(scalars_ == Scalars::kText && v.string() != nullptr)) {
        return unserializable(cannot_convert(v, type.kind));
      }
      return members(v, type.structure(), into, path);
    case Kind::kStream: return;
  }
}

void Binder::list(const Value& v, const TypeInfo& type, void* into, const Member& m,
                  const Constraints& constraints, const std::string& path) {
  static const Value::List kEmpty;
  const bool empty_text = scalars_ == Scalars::kText && v.string() != nullptr;
  const Value::List* elements = empty_text ? &kEmpty : v.list();
  if (elements == nullptr) {
    return unserializable(v.object() != nullptr
                              ? "Start of structure or map found where not expected."
                              : "Expected list or null");
  }
  check_size(static_cast<std::int64_t>(elements->size()),
             constraints.min == kNoMin && constraints.max == kNoMax ? "" : show_list(*elements),
             constraints, path);
  std::size_t position = 0;
  for (const Value& element : *elements) {
    const std::string element_path = path + "." + std::to_string(++position) + ".member";
    if (element.null()) {
      violation("null", element_path, "not be null");
      continue;
    }
    value(element, *type.element, type.element->emplace(type.append(into)), m, m.element,
          element_path);
    if (error_ || violations_.size() > 64) return;
  }
}

void Binder::map(const Value& v, const TypeInfo& type, void* into, const Member& m,
                 const Constraints& constraints, const std::string& path) {
  const Value::Object* entries = v.object();
  if (entries == nullptr) {
    return unserializable(v.list() != nullptr ? "Start of list found where not expected"
                                              : "Expected map or null");
  }
  check_size(static_cast<std::int64_t>(entries->size()), show_map(*entries), constraints, path);
  for (const auto& [key, element] : *entries) {
    const Constraints& k = m.key;
    check_size(static_cast<std::int64_t>(characters(key)), key, k, path);
    if (!k.pattern.empty() && !matches(key, k.pattern)) {
      violation(key, path, "satisfy regular expression pattern: " + std::string(k.pattern));
    }
    if (element.null()) {
      violation("null", path + "." + key + ".member", "not be null");
      continue;
    }
    value(element, *type.element, type.element->emplace(type.insert(into, key)), m, m.element,
          path + "." + key + ".member");
  }
}

void Binder::string(const Value& v, void* into, const Constraints& constraints,
                    const std::string& path) {
  const std::string* text = v.string();
  if (text == nullptr) return unserializable(cannot_convert(v, Kind::kString));
  if (!constraints.one_of.empty() && !is_one_of(*text, constraints.one_of)) {
    violation(*text, path, "satisfy enum value set: " + enum_list(constraints.one_of));
  }
  check_size(static_cast<std::int64_t>(characters(*text)), *text, constraints, path);
  if (!constraints.pattern.empty() && !matches(*text, constraints.pattern)) {
    violation(*text, path,
              "satisfy regular expression pattern: " + std::string(constraints.pattern));
  }
  *static_cast<std::string*>(into) = *text;
}

void Binder::blob(const Value& v, void* into, const Constraints& constraints,
                  const std::string& path) {
  const std::string* text = v.string();
  if (text == nullptr) return unserializable(cannot_convert(v, Kind::kBlob));
  auto bytes = base64_decode(*text);
  if (!bytes) {
    return unserializable(
        "'" + text->substr(0, 64) + "' can not be converted to a Blob: " +
        (text->size() % 4 != 0
             ? "Base64 encoded length is expected a multiple of 4 bytes but found: " +
                   std::to_string(text->size())
             : "Invalid Base64 character"));
  }
  const std::string size = std::to_string(bytes->size());
  check_size(static_cast<std::int64_t>(bytes->size()),
             "java.nio.HeapByteBuffer[pos=0 lim=" + size + " cap=" + size + "]", constraints, path);
  static_cast<Bytes*>(into)->value = std::move(*bytes);
}

void Binder::boolean(const Value& v, void* into) {
  if (const bool* b = std::get_if<bool>(&v.is)) {
    *static_cast<bool*>(into) = *b;
    return;
  }
  const std::string* text = v.string();
  if (scalars_ == Scalars::kText && text != nullptr && (*text == "true" || *text == "false")) {
    *static_cast<bool*>(into) = *text == "true";
    return;
  }
  unserializable(cannot_convert(v, Kind::kBoolean));
}

void Binder::number(const Value& v, const TypeInfo& type, void* into,
                    const Constraints& constraints, const std::string& path) {
  double real = 0;
  std::int64_t whole = 0;
  const std::string* text = v.string();
  if (const auto* i = std::get_if<std::int64_t>(&v.is)) {
    whole = *i;
    real = static_cast<double>(*i);
  } else if (const auto* d = std::get_if<double>(&v.is)) {
    real = *d;
    // AWS truncates a fraction.
    whole = std::abs(real) < 9e18 ? static_cast<std::int64_t>(real) : INT64_MAX;
  } else if (scalars_ == Scalars::kText && text != nullptr) {
    const auto parsed = std::from_chars(text->data(), text->data() + text->size(), real);
    if (parsed.ec != std::errc() || parsed.ptr != text->data() + text->size() || text->empty()) {
      return unserializable(cannot_convert(v, type.kind));
    }
    whole = std::abs(real) < 9e18 ? static_cast<std::int64_t>(real) : INT64_MAX;
  } else {
    return unserializable(cannot_convert(v, type.kind));
  }
  if (type.kind == Kind::kDouble) {
    *static_cast<double*>(into) = real;
    return;
  }
  if (constraints.max != kNoMax && whole > constraints.max) {
    violation(std::to_string(whole), path,
              "have value less than or equal to " + std::to_string(constraints.max));
  }
  if (constraints.min != kNoMin && whole < constraints.min) {
    violation(std::to_string(whole), path,
              "have value greater than or equal to " + std::to_string(constraints.min));
  }
  if (type.kind == Kind::kLong) {
    *static_cast<std::int64_t*>(into) = whole;
  } else if (whole >= INT32_MIN && whole <= INT32_MAX) {
    *static_cast<std::int32_t*>(into) = static_cast<std::int32_t>(whole);
  } else if (constraints.max == kNoMax) {
    unserializable(cannot_convert(v, type.kind));
  }
}

void Binder::timestamp(const Value& v, void* into) {
  auto& time = *static_cast<WallTime*>(into);
  const std::string* text = v.string();
  if (const auto* i = std::get_if<std::int64_t>(&v.is); i != nullptr && std::abs(*i) < 1LL << 50) {
    time.ms = *i * 1000;
  } else if (const auto* d = std::get_if<double>(&v.is); d != nullptr && std::abs(*d) < 1e15) {
    time.ms = static_cast<std::int64_t>(std::llround(*d * 1000));
  } else if (const auto parsed = text != nullptr ? parse_iso8601(*text) : std::nullopt) {
    time = *parsed;
  } else {
    unserializable(cannot_convert(v, Kind::kTimestamp));
  }
}

void Binder::check_size(std::int64_t size, std::string_view shown, const Constraints& constraints,
                        const std::string& path) {
  if (constraints.max != kNoMax && size > constraints.max) {
    violation(shown, path, "have length less than or equal to " + std::to_string(constraints.max));
  }
  if (constraints.min != kNoMin && size < constraints.min) {
    violation(shown, path,
              "have length greater than or equal to " + std::to_string(constraints.min));
  }
}

void Binder::violation(std::string_view shown, const std::string& path, std::string_view must) {
  std::string line = "Value ";
  if (must == "not be null") {
    line += "null";
  } else {
    line.append("'").append(shown.substr(0, kShownCharsMax)).append("'");
  }
  line.append(" at '").append(path).append("' failed to satisfy constraint: Member must ");
  violations_.push_back(line.append(must));
}

void Binder::unserializable(std::string message) {
  if (!error_) error_ = Error{ErrorCode::kSerialization, std::move(message)};
}

Status Binder::result() const {
  // A document that cannot be read is that before it is anything else.
  if (error_ && error_->code == ErrorCode::kSerialization) return std::unexpected(*error_);
  if (!violations_.empty()) {
    std::string message = std::to_string(violations_.size()) + " validation error" +
                          (violations_.size() == 1 ? "" : "s") + " detected: ";
    for (std::size_t i = 0; i < violations_.size(); ++i) {
      if (i > 0) message += "; ";
      message += violations_[i];
    }
    return fail(ErrorCode::kValidation, std::move(message));
  }
  if (error_) return std::unexpected(*error_);
  return {};
}

}  // namespace headrace::wire
