#include "services/kinesis/policy_document.h"

#include <algorithm>
#include <array>
#include <string>

#include "wire/aws_json.h"
#include "wire/value.h"

namespace headrace::services::kinesis {
namespace {

using wire::Value;

constexpr std::size_t kPolicyBytesMax = 20 * 1024;

std::unexpected<Error> malformed(const std::string& what) {
  return fail(ErrorCode::kInvalidArgument, "The resource policy is malformed: " + what + ".");
}

bool is_one_of(const Value& value, std::initializer_list<std::string_view> texts) {
  return value.string() != nullptr &&
         std::ranges::find(texts, std::string_view(*value.string())) != texts.end();
}

// A string, or a list of strings that is not empty.
bool is_strings(const Value& value) {
  if (value.string() != nullptr) return true;
  return value.list() != nullptr && !value.list()->empty() &&
         std::ranges::all_of(*value.list(), [](const Value& v) { return v.string() != nullptr; });
}

// "*", or kinds of principals with their names.
bool is_principal(const Value& value) {
  if (value.string() != nullptr) return *value.string() == "*";
  if (value.object() == nullptr || value.object()->empty()) return false;
  return std::ranges::all_of(*value.object(), [](const Value::Entry& entry) {
    constexpr std::array<std::string_view, 4> kKinds = {"AWS", "Service", "Federated",
                                                        "CanonicalUser"};
    return std::ranges::find(kKinds, entry.key) != kKinds.end() && is_strings(entry.value);
  });
}

bool is_scalar(const Value& value) {
  return !value.null() && value.list() == nullptr && value.object() == nullptr;
}

// Operators, each with keys, each with values.
bool is_condition(const Value& value) {
  const auto is_values = [](const Value::Entry& entry) {
    const Value::List* list = entry.value.list();
    return list != nullptr ? std::ranges::all_of(*list, is_scalar) : is_scalar(entry.value);
  };
  const auto is_test = [&](const Value::Entry& entry) {
    return entry.value.object() != nullptr && std::ranges::all_of(*entry.value.object(), is_values);
  };
  return value.object() != nullptr && std::ranges::all_of(*value.object(), is_test);
}

bool is_text(const Value& value) { return value.string() != nullptr; }
bool is_effect(const Value& value) { return is_one_of(value, {"Allow", "Deny"}); }
bool is_version(const Value& value) { return is_one_of(value, {"2012-10-17", "2008-10-17"}); }
bool is_statements(const Value& value) {
  return value.object() != nullptr || value.list() != nullptr;
}

struct Element {
  std::string_view name;
  bool (*fits)(const Value& value);
  // Elements of one statement of which it must have exactly one share a number; 0: optional.
  int group = 0;
};
constexpr std::array<Element, 3> kDocument = {
    {{"Version", is_version}, {"Id", is_text}, {"Statement", is_statements, 1}}};
constexpr std::array<Element, 9> kStatement = {{{"Sid", is_text},
                                                {"Effect", is_effect, 1},
                                                {"Principal", is_principal, 2},
                                                {"NotPrincipal", is_principal, 2},
                                                {"Action", is_strings, 3},
                                                {"NotAction", is_strings, 3},
                                                {"Resource", is_strings, 4},
                                                {"NotResource", is_strings, 4},
                                                {"Condition", is_condition}}};

template <std::size_t N>
Status check_elements(const Value& value, const std::array<Element, N>& elements,
                      std::string_view where) {
  if (value.object() == nullptr) return malformed(std::string(where) + " is not an object");
  for (const Value::Entry& entry : *value.object()) {
    const auto found = std::ranges::find(elements, entry.key, &Element::name);
    if (found == elements.end()) {
      return malformed(std::string(where) + " has an unknown element " + entry.key);
    }
    if (!found->fits(entry.value)) {
      return malformed("element " + entry.key + " of " + std::string(where) + " is invalid");
    }
  }
  for (const Element& element : elements) {
    if (element.group == 0) continue;
    const auto given = std::ranges::count_if(*value.object(), [&](const Value::Entry& entry) {
      const auto found = std::ranges::find(elements, entry.key, &Element::name);
      return found->group == element.group;
    });
    if (given != 1) {
      return malformed(std::string(where) + " must have one element " + std::string(element.name));
    }
  }
  return {};
}

}  // namespace

Status check_policy(std::string_view text) {
  if (text.size() > kPolicyBytesMax) {
    return fail(ErrorCode::kInvalidArgument, "The resource policy is larger than " +
                                                 std::to_string(kPolicyBytesMax) + " bytes.");
  }
  // No text at all would be read as an empty object.
  const bool blank = text.find_first_not_of(" \t\r\n") == std::string_view::npos;
  const auto document = wire::parse_json(text);
  if (blank || !document || document->object() == nullptr) {
    return malformed("it is not a JSON object");
  }
  RETURN_IF_ERROR(check_elements(*document, kDocument, "the policy"));
  const Value& statements = *document->find("Statement");
  if (statements.list() == nullptr) return check_elements(statements, kStatement, "a statement");
  if (statements.list()->empty()) return malformed("it has no statement");
  for (const Value& statement : *statements.list()) {
    RETURN_IF_ERROR(check_elements(statement, kStatement, "a statement"));
  }
  return {};
}

}  // namespace headrace::services::kinesis
