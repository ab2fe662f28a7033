#include "storage/metadata.h"

#include <sqlite3.h>

#include <cerrno>

#include "base/check.h"
#include "storage/metadata_state.h"

namespace headrace::storage {
namespace {

constexpr std::size_t kIdleReadersMax = 8;
constexpr std::size_t kStatementsMax = 256;

void bind(sqlite3_stmt* statement, int index, const SqlValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    sqlite3_bind_int64(statement, index, *integer);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  } else if (const auto* blob = std::get_if<Bytes>(&value)) {
    sqlite3_bind_blob64(statement, index, blob->value.data(), blob->value.size(), SQLITE_STATIC);
  } else {
    sqlite3_bind_null(statement, index);
  }
}

}  // namespace

bool Row::is_null(int column) const {
  return sqlite3_column_type(static_cast<sqlite3_stmt*>(statement_), column) == SQLITE_NULL;
}

std::int64_t Row::integer(int column) const {
  return sqlite3_column_int64(static_cast<sqlite3_stmt*>(statement_), column);
}

std::string_view Row::view(int column) const {
  auto* statement = static_cast<sqlite3_stmt*>(statement_);
  const void* data = sqlite3_column_blob(statement, column);
  const int size = sqlite3_column_bytes(statement, column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

std::string Row::text(int column) const { return std::string(view(column)); }

Error Connection::error(const char* doing) const {
  const int code = sqlite3_errcode(handle_);
  const std::string message = std::string(doing) + ": " + sqlite3_errmsg(handle_);
  // The WAL's index is grown by other means than the files, so its lack of room is told otherwise.
  const bool no_room =
      (code == SQLITE_IOERR || code == SQLITE_CANTOPEN) && sqlite3_system_errno(handle_) == ENOSPC;
  if (code == SQLITE_FULL || no_room) return {ErrorCode::kDiskFull, message};
  // The statement's own fault, not the database's: a constraint, a typing mistake.
  if (code == SQLITE_CONSTRAINT || code == SQLITE_ERROR || code == SQLITE_MISMATCH ||
      code == SQLITE_TOOBIG) {
    return {ErrorCode::kInternal, message};
  }
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) return {ErrorCode::kCorruption, message};
  return {ErrorCode::kIo, message};
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, const char* vfs,
                                                     bool read_only) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_NOMUTEX |
                    (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  const int result = sqlite3_open_v2(path.c_str(), &handle, flags, vfs);
  auto connection = std::unique_ptr<Connection>(new Connection(handle));
  if (result != SQLITE_OK) return std::unexpected(connection->error(("open " + path).c_str()));
  sqlite3_busy_timeout(handle, 5000);
  return connection;
}

Connection::~Connection() {
  for (auto& [text, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Status Connection::execute(const std::string& script) {
  if (sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return std::unexpected(error("metadata"));
  }
  return {};
}

void Connection::roll_back() {
  // After some errors the database has done it by itself.
  if (sqlite3_get_autocommit(handle_) == 0) static_cast<void>(execute("ROLLBACK"));
}

Result<sqlite3_stmt*> Connection::prepare(std::string_view sql,
                                          const std::vector<SqlValue>& parameters) {
  auto found = statements_.find(std::string(sql));
  if (found == statements_.end()) {
    if (statements_.size() >= kStatementsMax) {
      for (auto& [text, statement] : statements_) sqlite3_finalize(statement);
      statements_.clear();
    }
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
      return std::unexpected(error("prepare"));
    }
    found = statements_.emplace(std::string(sql), statement).first;
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    bind(found->second, static_cast<int>(i) + 1, parameters[i]);
  }
  return found->second;
}

Result<int> Connection::run(std::string_view sql, const std::vector<SqlValue>& parameters) {
  ASSIGN_OR_RETURN(sqlite3_stmt* const statement, prepare(sql, parameters));
  const int before = sqlite3_total_changes(handle_);
  int result = SQLITE_ROW;
  while (result == SQLITE_ROW) result = sqlite3_step(statement);
  if (result != SQLITE_DONE) {
    Error failure = error("metadata");
    sqlite3_reset(statement);
    return std::unexpected(std::move(failure));
  }
  sqlite3_reset(statement);
  return sqlite3_total_changes(handle_) - before;
}

Status Connection::query(std::string_view sql, const std::vector<SqlValue>& parameters,
                         const std::function<bool(const Row&)>& visit) {
  ASSIGN_OR_RETURN(sqlite3_stmt* const statement, prepare(sql, parameters));
  int result = SQLITE_ROW;
  while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
    if (!visit(Row(statement))) break;
  }
  if (result != SQLITE_ROW && result != SQLITE_DONE) {
    Error failure = error("query");
    sqlite3_reset(statement);
    return std::unexpected(std::move(failure));
  }
  sqlite3_reset(statement);
  return {};
}

Result<std::unique_ptr<Metadata::State>> Metadata::State::open(const std::string& path,
                                                               const char* vfs) {
  auto state = std::make_unique<State>();
  state->path = path;
  state->vfs = vfs;
  ASSIGN_OR_RETURN(state->writer, Connection::open(path, vfs, false));
  // The log is what makes changes durable: WAL commits need no sync of their own. WAL frames are
  // moved into the database by the store's checkpoint, off the commit's path.
  RETURN_IF_ERROR(state->writer->execute(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0;"
      "PRAGMA cache_size=-8192; PRAGMA journal_size_limit=67108864; PRAGMA foreign_keys=OFF"));
  return state;
}

Result<std::int64_t> Metadata::State::version_of(const Schema& schema) {
  std::int64_t version = 0;
  RETURN_IF_ERROR(writer->query("SELECT version FROM schema_versions WHERE domain=?1",
                                {schema.domain}, [&](const Row& row) {
                                  version = row.integer(0);
                                  return false;
                                }));
  const auto known = static_cast<std::int64_t>(schema.versions.size());
  if (version <= known) return version;
  return fail(ErrorCode::kUnavailable, path + ": its \"" + schema.domain +
                                           "\" tables have version " + std::to_string(version) +
                                           ", this program knows " + std::to_string(known) +
                                           "; use the newer headrace that wrote them");
}

// All in one transaction, synced once.
Status Metadata::State::migrate(const std::vector<Schema>& schemas) {
  RETURN_IF_ERROR(
      writer->execute("CREATE TABLE IF NOT EXISTS schema_versions(domain TEXT PRIMARY KEY, version "
                      "INTEGER NOT NULL)"));
  std::vector<std::int64_t> versions;
  bool current = true;
  for (const Schema& schema : schemas) {
    ASSIGN_OR_RETURN(const std::int64_t version, version_of(schema));
    versions.push_back(version);
    current = current && version == static_cast<std::int64_t>(schema.versions.size());
  }
  if (current) return {};
  RETURN_IF_ERROR(writer->execute("PRAGMA synchronous=FULL; BEGIN"));
  for (std::size_t i = 0; i < schemas.size(); ++i) {
    const auto& steps = schemas[i].versions;
    for (auto next = static_cast<std::size_t>(versions[i]); next < steps.size(); ++next) {
      RETURN_IF_ERROR(writer->execute(steps[next]));
    }
    RETURN_IF_ERROR(writer->run("INSERT OR REPLACE INTO schema_versions VALUES(?1, ?2)",
                                {schemas[i].domain, static_cast<std::int64_t>(steps.size())}));
  }
  return writer->execute("COMMIT; PRAGMA synchronous=NORMAL");
}

Metadata::Metadata(std::unique_ptr<State> state) : state_(std::move(state)) {}
Metadata::~Metadata() = default;

Status Metadata::query(std::string_view sql, const std::vector<SqlValue>& parameters,
                       const std::function<bool(const Row&)>& visit) {
  std::unique_ptr<Connection> reader;
  {
    MutexLock lock(state_->mutex);
    if (!state_->idle_readers.empty()) {
      reader = std::move(state_->idle_readers.back());
      state_->idle_readers.pop_back();
    }
  }
  if (!reader) {
    ASSIGN_OR_RETURN(reader, Connection::open(state_->path, state_->vfs, true));
  }
  Status status = reader->query(sql, parameters, visit);
  MutexLock lock(state_->mutex);
  if (state_->idle_readers.size() < kIdleReadersMax) {
    state_->idle_readers.push_back(std::move(reader));
  }
  return status;
}

}  // namespace headrace::storage
