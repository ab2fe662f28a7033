// Value: what a document (JSON, CBOR, form, XML) says, before a shape gives it meaning.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"

namespace headrace::wire {

struct Value {
  struct Entry;
  using List = std::vector<Value>;
  using Object = std::vector<Entry>;

  // Bytes and times are CBOR's; the others write blobs and timestamps as text or numbers.
  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Object, Bytes,
               WallTime>
      is;

  bool null() const { return std::holds_alternative<std::monostate>(is); }
  const std::string* string() const { return std::get_if<std::string>(&is); }
  const List* list() const { return std::get_if<List>(&is); }
  const Object* object() const { return std::get_if<Object>(&is); }
  const Bytes* bytes() const { return std::get_if<Bytes>(&is); }
  // The member of that name; null when this is no object or has none.
  const Value* find(std::string_view name) const;
};

struct Value::Entry {
  std::string key;
  Value value;
};

// Of members with one name the last counts, as it does for AWS; the others go.
void drop_repeated(Value::Object& members);

inline const Value* Value::find(std::string_view name) const {
  if (const Object* members = object()) {
    for (const Entry& entry : *members) {
      if (entry.key == name) return &entry.value;
    }
  }
  return nullptr;
}

}  // namespace headrace::wire
