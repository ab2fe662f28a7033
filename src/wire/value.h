// Value: what a document (JSON, form, XML) says, before a shape gives it meaning.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace headrace::wire {

struct Value {
  struct Entry;
  using List = std::vector<Value>;
  using Object = std::vector<Entry>;

  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Object> is;

  bool null() const { return std::holds_alternative<std::monostate>(is); }
  const std::string* string() const { return std::get_if<std::string>(&is); }
  const List* list() const { return std::get_if<List>(&is); }
  const Object* object() const { return std::get_if<Object>(&is); }
  // The member of that name; null when this is no object or has none.
  const Value* find(std::string_view name) const;
};

struct Value::Entry {
  std::string key;
  Value value;
};

inline const Value* Value::find(std::string_view name) const {
  if (const Object* members = object()) {
    for (const Entry& entry : *members) {
      if (entry.key == name) return &entry.value;
    }
  }
  return nullptr;
}

}  // namespace headrace::wire
