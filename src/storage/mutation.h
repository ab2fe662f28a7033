// A change to the metadata database, as the log carries it.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"

namespace headrace::storage {

// NULL, INTEGER, TEXT, BLOB of SQLite.
using SqlValue = std::variant<std::monostate, std::int64_t, std::string, Bytes>;

// One SQL statement with its parameters (?1, ?2, ...). It runs in log order, once, at commit and
// again at recovery: it must depend on nothing but its parameters and the tables (no random(), no
// current time).
//
// A guard that changes no row refuses its whole entry: nothing of the entry is applied, and its
// commit reports which guard it was. That is how "insert unless it exists" or "put the object if
// the bucket is still there" is decided, at one place and in one order.
struct Mutation {
  std::string sql;
  std::vector<SqlValue> parameters;
  bool guard = false;
};

}  // namespace headrace::storage
