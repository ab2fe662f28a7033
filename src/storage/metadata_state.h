// The writing side of the metadata database, for Store.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/mutex.h"
#include "storage/metadata.h"
#include "storage/mutation.h"

namespace headrace::storage {

// A connection with its prepared statements, which are kept by their text. One thread at a time.
class Connection {
 public:
  // `vfs`: null for SQLite's own; the simulation names its disk's.
  static Result<std::unique_ptr<Connection>> open(const std::string& path, const char* vfs,
                                                  bool read_only);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Status execute(const std::string& script);
  // Ends a transaction that an error left open.
  void roll_back();
  // The number of rows the statement changed.
  Result<int> run(std::string_view sql, const std::vector<SqlValue>& parameters);
  Status query(std::string_view sql, const std::vector<SqlValue>& parameters,
               const std::function<bool(const Row&)>& visit);
  sqlite3* handle() { return handle_; }

 private:
  explicit Connection(sqlite3* handle) : handle_(handle) {}
  Result<sqlite3_stmt*> prepare(std::string_view sql, const std::vector<SqlValue>& parameters);
  Error error(const char* doing) const;

  sqlite3* handle_;
  std::unordered_map<std::string, sqlite3_stmt*> statements_;
};

struct Metadata::State {
  std::string path;
  const char* vfs = nullptr;
  std::unique_ptr<Connection> writer;  // only the thread whose turn it is to apply
  Mutex mutex;
  std::vector<std::unique_ptr<Connection>> idle_readers GUARDED_BY(mutex);

  static Result<std::unique_ptr<State>> open(const std::string& path, const char* vfs);
  // Brings each domain's tables to its last version; kUnavailable when they are newer.
  Status migrate(const std::vector<Schema>& schemas);
  Result<std::int64_t> version_of(const Schema& schema);  // kUnavailable likewise
};

}  // namespace headrace::storage
