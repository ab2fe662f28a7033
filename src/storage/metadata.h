// The metadata database: SQLite, written only by the log's entries, read from anywhere.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "storage/mutation.h"

namespace headrace::storage {

// The tables of one domain. `versions[i]` is the SQL that leads from version i to i+1; released
// versions never change, new ones are added at the end. A database with a newer version than the
// last one here is refused.
struct Schema {
  std::string domain;
  std::vector<std::string> versions;
};

// One row of a running query; columns count from 0. Views die with the next row.
class Row {
 public:
  explicit Row(void* statement) : statement_(statement) {}
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::string text(int column) const;  // TEXT and BLOB alike
  std::string_view view(int column) const;

 private:
  void* statement_;
};

// Thread-safe. A query sees everything committed before it began.
class Metadata {
 public:
  struct State;
  explicit Metadata(std::unique_ptr<State> state);
  ~Metadata();

  // Calls `visit` for each row until it returns false or the rows end. Blocks on the disk when the
  // pages are not cached; `visit` must not query.
  Status query(std::string_view sql, const std::vector<SqlValue>& parameters,
               const std::function<bool(const Row&)>& visit);

  State& state() { return *state_; }  // for Store

 private:
  std::unique_ptr<State> state_;
};

}  // namespace headrace::storage
