#include "wire/bind.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "base/base64.h"

namespace headrace::wire {
namespace {

constexpr std::size_t kShownCharsMax = 2048;
constexpr std::size_t kViolationsMax = 10;
// The end of the year 9999, which is as far as dates are written.
constexpr double kTimestampSecondsMax = 253'402'300'799;
constexpr std::int64_t kTimestampMsMax = 253'402'300'799'000;

std::size_t characters(std::string_view utf8) {
  std::size_t count = 0;
  for (const char c : utf8) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1U : 0U;
  return count;
}

// What AWS says that a value could not be converted to.
const char* target_of(Kind kind) {
  switch (kind) {
    case Kind::kString: return "a String";
    case Kind::kBlob: return "a Blob";
    case Kind::kBoolean: return "a Boolean";
    case Kind::kInteger: return "an Integer";
    case Kind::kLong: return "a Long";
    case Kind::kDouble: return "a Double";
    case Kind::kTimestamp: return "milliseconds since epoch";
    case Kind::kStructure: return "a Structure";
    case Kind::kList: return "a List";
    case Kind::kMap: return "a Map";
    case Kind::kStream:
    case Kind::kEventStream: return "a Stream";
  }
  return "";
}

std::string cannot_convert(const Value& value, Kind kind) {
  const bool wants_list = kind == Kind::kList;
  const bool wants_members = kind == Kind::kStructure || kind == Kind::kMap;
  if (value.list() != nullptr && !wants_list) return "Start of list found where not expected";
  if (value.object() != nullptr && !wants_members) {
    return "Start of structure or map found where not expected.";
  }
  if (kind == Kind::kStructure) return "Expected null";
  if (kind == Kind::kList) return "Expected list or null";
  if (kind == Kind::kMap) return "Expected map or null";
  const char* token = "NUMBER_VALUE";
  if (value.string() != nullptr) token = "STRING_VALUE";
  if (value.bytes() != nullptr) token = "BYTES_VALUE";
  if (std::holds_alternative<WallTime>(value.is)) token = "TIMESTAMP_VALUE";
  if (const bool* b = std::get_if<bool>(&value.is)) token = *b ? "TRUE_VALUE" : "FALSE_VALUE";
  return std::string(token) + " can not be converted to " + target_of(kind);
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

bool breaks(std::string_view text, const Constraints& c) {
  const auto size = static_cast<std::int64_t>(characters(text));
  return (c.max != kNoMax && size > c.max) || (c.min != kNoMin && size < c.min) ||
         (!c.pattern.empty() && !matches(text, c.pattern)) ||
         (!c.one_of.empty() && !is_one_of(text, c.one_of));
}

// "[Member must have length less than or equal to 128, ...]": all that elements must satisfy.
std::string rules(const Constraints& c) {
  std::vector<std::string> all;
  if (c.max != kNoMax) {
    all.push_back("Member must have length less than or equal to " + std::to_string(c.max));
  }
  if (c.min != kNoMin) {
    all.push_back("Member must have length greater than or equal to " + std::to_string(c.min));
  }
  if (!c.pattern.empty()) {
    all.push_back("Member must satisfy regular expression pattern: " + std::string(c.pattern));
  }
  if (!c.one_of.empty()) {
    all.push_back("Member must satisfy enum value set: " + enum_list(c.one_of));
  }
  std::string out = "[";
  for (const std::string& rule : all) {
    if (out.size() > 1) out += ", ";
    out += rule;
  }
  return out + "]";
}

struct Number {
  double real = 0;
  std::int64_t whole = 0;
};

// AWS drops a fraction where a whole number is wanted.
Number from_real(double real) {
  constexpr double kBound = 9.2e18;
  if (std::isnan(real)) return {real, 0};
  if (real > kBound) return {real, INT64_MAX};
  if (real < -kBound) return {real, INT64_MIN};
  return {real, static_cast<std::int64_t>(real)};
}

template <typename T>
bool parse_all(const std::string& text, T& into) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), into);
  return !text.empty() && parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

std::optional<Number> read_number(const Value& value, Scalars scalars, bool whole) {
  if (const auto* i = std::get_if<std::int64_t>(&value.is)) {
    return Number{static_cast<double>(*i), *i};
  }
  if (const auto* d = std::get_if<double>(&value.is)) {
    if (whole && !std::isfinite(*d)) return std::nullopt;
    return from_real(*d);
  }
  const std::string* text = value.string();
  if (text == nullptr || scalars == Scalars::kBinary) return std::nullopt;
  Number out;
  if (scalars == Scalars::kText && whole) {
    if (!parse_all(*text, out.whole)) return std::nullopt;
    return out;
  }
  if (scalars == Scalars::kText && parse_all(*text, out.real)) return out;
  // JSON has no other way to write these.
  if (!whole && (*text == "NaN" || *text == "Infinity" || *text == "-Infinity") &&
      parse_all(*text, out.real)) {
    return out;
  }
  return std::nullopt;
}

// '' or the first character that base64 does not have, or has elsewhere.
std::string_view stray_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool in_alphabet = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                             (c >= '0' && c <= '9') || c == '+' || c == '/';
    const bool padding = c == '=' && text.substr(i).find_first_not_of('=') == std::string::npos &&
                         text.size() - i <= 2;
    if (!in_alphabet && !padding) return text.substr(i, 1);
  }
  return {};
}

std::string not_base64(const std::string& text) {
  std::string out = "'" + text.substr(0, kShownCharsMax) + "' can not be converted to a Blob: ";
  if (text.size() % 4 != 0) {
    return out + "Base64 encoded length is expected a multiple of 4 bytes but found: " +
           std::to_string(text.size());
  }
  const std::string_view stray = stray_character(text);
  // The misspelling is AWS's.
  if (stray.empty()) return out + "Invalid last non-pad Base64 character dectected";
  return out + "Invalid Base64 character: '" + std::string(stray) + "'";
}

}  // namespace

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
                     "Headrace does not support " + member_path + " yet", member_path};
    }
    return;
  }
  if (absent) {
    if (m.is_required) null_violation(member_path);
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
    case Kind::kLong: return whole(v, type, into, constraints, path);
    case Kind::kDouble: return real(v, into);
    case Kind::kTimestamp: return timestamp(v, into);
    case Kind::kList: return list(v, type, into, m, constraints, path);
    case Kind::kMap: return map(v, type, into, m, constraints, path);
    case Kind::kStructure:
      // An empty element of a form or an XML document is an empty structure.
      if (v.object() == nullptr &&
          !(scalars_ == Scalars::kText && v.string() != nullptr && v.string()->empty())) {
        return unserializable(cannot_convert(v, type.kind));
      }
      return members(v, type.structure(), into, path);
    case Kind::kStream:
    case Kind::kEventStream: return;
  }
}

void Binder::list(const Value& v, const TypeInfo& type, void* into, const Member& m,
                  const Constraints& constraints, const std::string& path) {
  static const Value::List kEmpty;
  const bool empty_text =
      scalars_ == Scalars::kText && v.string() != nullptr && v.string()->empty();
  const Value::List* elements = empty_text ? &kEmpty : v.list();
  if (elements == nullptr) return unserializable(cannot_convert(v, Kind::kList));
  const bool bounded = constraints.min != kNoMin || constraints.max != kNoMax;
  check_size(static_cast<std::int64_t>(elements->size()), bounded ? show_list(*elements) : "",
             constraints, path);
  if (type.element->kind == Kind::kString) return strings(*elements, type, into, m, path);
  std::size_t position = 0;
  for (const Value& element : *elements) {
    const std::string element_path = path + "." + std::to_string(++position) + ".member";
    if (element.null()) {
      null_violation(element_path);
      continue;
    }
    value(element, *type.element, type.element->emplace(type.append(into)), m, m.element,
          element_path);
    if (error_ || violations_.size() >= kViolationsMax) return;
  }
}

// AWS reports a broken element of a list of strings once, at the list.
void Binder::strings(const Value::List& elements, const TypeInfo& type, void* into, const Member& m,
                     const std::string& path) {
  bool broken = false;
  std::size_t position = 0;
  for (const Value& element : elements) {
    ++position;
    if (element.null()) {
      null_violation(path + "." + std::to_string(position) + ".member");
      if (violations_.size() >= kViolationsMax) return;
      continue;
    }
    string(element, type.element->emplace(type.append(into)), Constraints{}, path);
    if (error_) return;
    broken = broken || breaks(*element.string(), m.element);
  }
  if (broken) {
    violation(show_list(elements), path, "Member must satisfy constraint: " + rules(m.element));
  }
}

void Binder::map(const Value& v, const TypeInfo& type, void* into, const Member& m,
                 const Constraints& constraints, const std::string& path) {
  static const Value::Object kEmpty;
  const bool empty_text =
      scalars_ == Scalars::kText && v.string() != nullptr && v.string()->empty();
  const Value::Object* entries = empty_text ? &kEmpty : v.object();
  if (entries == nullptr) return unserializable(cannot_convert(v, Kind::kMap));
  check_size(static_cast<std::int64_t>(entries->size()), show_map(*entries), constraints, path);
  bool broken_key = false;
  bool broken_value = false;
  const bool of_strings = type.element->kind == Kind::kString;
  for (const auto& [key, element] : *entries) {
    broken_key = broken_key || breaks(key, m.key);
    std::string element_path = path;
    element_path.append(".").append(key).append(".member");
    if (element.null()) {
      null_violation(element_path);
      continue;
    }
    value(element, *type.element, type.element->emplace(type.insert(into, key)), m,
          of_strings ? Constraints{} : m.element, element_path);
    if (error_) return;
    broken_value = broken_value || (of_strings && breaks(*element.string(), m.element));
  }
  if (broken_key) {
    violation(show_map(*entries), path, "Map keys must satisfy constraint: " + rules(m.key));
  }
  if (broken_value) {
    violation(show_map(*entries), path, "Map value must satisfy constraint: " + rules(m.element));
  }
}

void Binder::string(const Value& v, void* into, const Constraints& constraints,
                    const std::string& path) {
  const std::string* text = v.string();
  if (text == nullptr) return unserializable(cannot_convert(v, Kind::kString));
  check_text(*text, constraints, path);
  *static_cast<std::string*>(into) = *text;
}

// The order of the checks is AWS's: clients see it in messages.
void Binder::check_text(const std::string& text, const Constraints& constraints,
                        const std::string& path) {
  if (!constraints.pattern.empty() && !matches(text, constraints.pattern)) {
    violation(
        text, path,
        "Member must satisfy regular expression pattern: " + std::string(constraints.pattern));
  }
  check_size(static_cast<std::int64_t>(characters(text)), text, constraints, path);
  if (!constraints.one_of.empty() && !is_one_of(text, constraints.one_of)) {
    violation(text, path, "Member must satisfy enum value set: " + enum_list(constraints.one_of));
  }
}

void Binder::blob(const Value& v, void* into, const Constraints& constraints,
                  const std::string& path) {
  std::optional<std::string> bytes;
  if (scalars_ == Scalars::kBinary) {
    if (v.bytes() == nullptr) return unserializable(cannot_convert(v, Kind::kBlob));
    bytes = v.bytes()->value;
  } else {
    const std::string* text = v.string();
    if (text == nullptr) return unserializable(cannot_convert(v, Kind::kBlob));
    bytes = base64_decode(*text);
    if (!bytes) return unserializable(not_base64(*text));
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
  if (text == nullptr) return unserializable(cannot_convert(v, Kind::kBoolean));
  std::string upper = *text;
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  const bool yes = upper == "TRUE" || upper == "1" || upper == "YES";
  const bool no = upper == "FALSE" || upper == "0" || upper == "NO";
  if (!yes && !no) {
    return unserializable("'" + upper.substr(0, kShownCharsMax) +
                          "' can not be converted to an Boolean");
  }
  *static_cast<bool*>(into) = yes;
}

void Binder::real(const Value& v, void* into) {
  const auto number = read_number(v, scalars_, false);
  if (!number) return unserializable(cannot_convert(v, Kind::kDouble));
  *static_cast<double*>(into) = number->real;
}

void Binder::whole(const Value& v, const TypeInfo& type, void* into, const Constraints& constraints,
                   const std::string& path) {
  const auto read = read_number(v, scalars_, true);
  if (!read) return unserializable(cannot_convert(v, type.kind));
  const std::int64_t number = read->whole;
  bool in_range = true;
  if (constraints.max != kNoMax && number > constraints.max) {
    in_range = false;
    violation(std::to_string(number), path,
              "Member must have value less than or equal to " + std::to_string(constraints.max));
  }
  if (constraints.min != kNoMin && number < constraints.min) {
    in_range = false;
    violation(std::to_string(number), path,
              "Member must have value greater than or equal to " + std::to_string(constraints.min));
  }
  if (type.kind == Kind::kLong) {
    *static_cast<std::int64_t*>(into) = number;
  } else if (number >= INT32_MIN && number <= INT32_MAX) {
    *static_cast<std::int32_t*>(into) = static_cast<std::int32_t>(number);
  } else if (in_range) {
    unserializable(cannot_convert(v, type.kind));
  }
}

void Binder::timestamp(const Value& v, void* into) {
  auto& time = *static_cast<WallTime*>(into);
  const std::string* text = v.string();
  if (scalars_ == Scalars::kText && text != nullptr) {
    const auto parsed = parse_iso8601(*text);
    if (!parsed) return unserializable(cannot_convert(v, Kind::kTimestamp));
    time = *parsed;
    return;
  }
  if (scalars_ == Scalars::kBinary) {
    const auto* tagged = std::get_if<WallTime>(&v.is);
    const auto* ms = std::get_if<std::int64_t>(&v.is);
    if (tagged != nullptr || ms != nullptr) {
      time.ms = tagged != nullptr ? tagged->ms : *ms;
      if (time.ms >= -kTimestampMsMax && time.ms <= kTimestampMsMax) return;
      return unserializable(cannot_convert(v, Kind::kTimestamp));
    }
  }
  const auto seconds = read_number(v, scalars_, false);
  if (!seconds || !(std::abs(seconds->real) <= kTimestampSecondsMax)) {
    return unserializable(cannot_convert(v, Kind::kTimestamp));
  }
  time.ms = std::llround(seconds->real * 1000);
}

void Binder::check_size(std::int64_t size, std::string_view shown, const Constraints& constraints,
                        const std::string& path) {
  if (constraints.max != kNoMax && size > constraints.max) {
    violation(shown, path,
              "Member must have length less than or equal to " + std::to_string(constraints.max));
  }
  if (constraints.min != kNoMin && size < constraints.min) {
    violation(
        shown, path,
        "Member must have length greater than or equal to " + std::to_string(constraints.min));
  }
}

void Binder::null_violation(const std::string& path) {
  if (violations_.size() >= kViolationsMax) return;
  violations_.push_back("Value null at '" + path +
                        "' failed to satisfy constraint: Member must not be null");
}

void Binder::violation(std::string_view shown, const std::string& path,
                       std::string_view constraint) {
  if (violations_.size() >= kViolationsMax) return;
  std::string line = "Value '";
  line.append(shown.substr(0, kShownCharsMax)).append("' at '").append(path);
  violations_.push_back(line.append("' failed to satisfy constraint: ").append(constraint));
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
