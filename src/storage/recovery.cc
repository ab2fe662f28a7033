// From the files of a data directory to a store that may be written to.
#include <set>
#include <utility>

#include "storage/encoding.h"
#include "storage/log_entry.h"
#include "storage/store_state.h"

namespace headrace::storage {
namespace {

Schema own_schema() {
  return {
      .domain = "storage",
      .versions = {
          "CREATE TABLE storage_position(applied INTEGER NOT NULL, checkpoint INTEGER NOT NULL);"
          "INSERT INTO storage_position VALUES(0, 0);"
          "CREATE TABLE storage_segments(stream INTEGER, number INTEGER, length INTEGER NOT NULL,"
          "  last_ms INTEGER NOT NULL, PRIMARY KEY(stream, number)) WITHOUT ROWID;"
          "CREATE TABLE storage_lanes(stream INTEGER, lane INTEGER, next INTEGER NOT NULL,"
          "  tip_ms INTEGER NOT NULL, PRIMARY KEY(stream, lane)) WITHOUT ROWID;"
          "CREATE TABLE storage_volumes(volume INTEGER PRIMARY KEY, live INTEGER NOT NULL);"
          "CREATE TABLE storage_files(id INTEGER PRIMARY KEY);"
          "CREATE TABLE garbage(n INTEGER PRIMARY KEY AUTOINCREMENT, extents BLOB NOT NULL)"}};
}

std::string parent_of(const std::string& path) {
  const auto until = [](std::string_view of, std::size_t last) {  // without slashes at the end
    return last == std::string_view::npos ? std::string_view{} : of.substr(0, last + 1);
  };
  const std::string_view name = until(path, path.find_last_not_of('/'));
  const std::size_t slash = name.rfind('/');
  if (slash == std::string_view::npos) return name.empty() ? "/" : ".";
  const std::string_view parent = until(name, name.find_last_not_of('/', slash));
  return parent.empty() ? "/" : std::string(parent);
}

Status make_directory(io::Disk& disk, const std::string& root, bool sync) {
  std::vector<std::string> changed;  // those that something is made in
  for (std::string path = root; sync && path != "/" && path != "." && !disk.exists(path);) {
    path = parent_of(path);
    changed.push_back(path);
  }
  RETURN_IF_ERROR(disk.make_directory(root));
  // As far as we may: what lies above is perhaps not ours to read.
  for (const std::string& path : changed) static_cast<void>(disk.sync_directory(path));
  return {};
}

}  // namespace

Status Store::State::recover() {
  const std::string& root = options.directory;
  RETURN_IF_ERROR(make_directory(disk, root, options.sync));
  if (options.sqlite_vfs == nullptr) {
    ASSIGN_OR_RETURN(directory_lock, io::DirectoryLock::take(root + "/LOCK"));
  }
  ASSIGN_OR_RETURN(auto database, Metadata::State::open(root + "/headrace.db", options.sqlite_vfs));
  RETURN_IF_ERROR(database->migrate({own_schema()}));
  sqlite3_wal_hook(
      database->writer->handle(),
      [](void* pages, sqlite3*, const char*, int count) {
        *static_cast<std::atomic<int>*>(pages) = count;
        return SQLITE_OK;
      },
      &wal_pages);
  sqlite3_update_hook(
      database->writer->handle(),
      [](void* waiting, int operation, const char*, const char* table, sqlite3_int64) {
        if (operation == SQLITE_INSERT && std::string_view(table) == "garbage") {
          *static_cast<std::atomic<bool>*>(waiting) = true;
        }
      },
      &garbage_waiting);
  metadata = std::make_unique<Metadata>(std::move(database));
  records = std::make_unique<RecordStore>(std::make_unique<RecordStore::State>(
      disk, root + "/records", options.sync, options.tail_bytes_max, options.segment_bytes_max,
      options.reserve_bytes / 4 * 3));
  records->state().on_doomed = [this] { wake_maintenance(); };
  blobs = std::make_unique<BlobStore>(std::make_unique<BlobStore::State>(
      disk, root + "/blobs", options.sync, options.reserve_bytes));
  RETURN_IF_ERROR(blobs->state().open());

  LogPosition from = 0;
  Connection& writer = *metadata->state().writer;
  RETURN_IF_ERROR(
      writer.query("SELECT applied, checkpoint FROM storage_position", {}, [&](const Row& row) {
        database_position = static_cast<LogPosition>(row.integer(0));
        from = static_cast<LogPosition>(row.integer(1));
        return false;
      }));
  {
    MutexLock lock(checkpoint_mutex);
    checkpointed = from;
  }
  RETURN_IF_ERROR(load_manifest());

  Log::Options log_options{.directory = root + "/log", .sync = options.sync};
  log_options.bytes_max = options.log_bytes_max;
  log_options.reserve_bytes = options.reserve_bytes;
  log_options.file_bytes = options.log_bytes_max / 4;
  log_options.first_file_bytes =
      std::min<std::uint64_t>(log_options.first_file_bytes, log_options.file_bytes);
  log = std::make_unique<Log>(disk, log_options);
  ASSIGN_OR_RETURN(LogScan scan, log->open(from, [this](LogPosition position, std::string_view p) {
    return replay(position, p);
  }));
  for (std::string& line : scan.damage) damage.push_back(std::move(line));
  {
    MutexLock lock(turn_mutex);
    durable = scan.end;
  }
  RETURN_IF_ERROR(metadata->state().migrate(options.schemas));

  RETURN_IF_ERROR(collect_orphans());
  // The directories that were made: their names must last as what is written in them.
  if (options.sync) RETURN_IF_ERROR(disk.sync_directory(root));
  // Several starts in a row, none of which came to a checkpoint, must not fill the log.
  if (log->used_bytes() > options.log_bytes_max / 2) RETURN_IF_ERROR(checkpoint());
  return {};
}

// Files that no committed entry names: what an interrupted write or removal left.
Status Store::State::collect_orphans() {
  Connection& writer = *metadata->state().writer;
  std::set<std::uint64_t> kept;
  RETURN_IF_ERROR(writer.query("SELECT id FROM storage_files", {}, [&](const Row& row) {
    kept.insert(static_cast<std::uint64_t>(row.integer(0)));
    return true;
  }));
  std::set<std::uint32_t> live;
  RETURN_IF_ERROR(
      writer.query("SELECT volume FROM storage_volumes WHERE live > 0", {}, [&](const Row& row) {
        live.insert(static_cast<std::uint32_t>(row.integer(0)));
        return true;
      }));
  RETURN_IF_ERROR(blobs->state().collect_orphans(kept, live));
  return records->state().collect_orphans();
}

Status Store::State::load_manifest() {
  std::map<std::uint64_t, std::vector<SegmentRow>> segments;
  std::map<std::uint64_t, std::map<std::uint32_t, LaneRow>> lanes;
  Connection& writer = *metadata->state().writer;
  RETURN_IF_ERROR(writer.query(
      "SELECT stream, number, length, last_ms FROM storage_segments ORDER BY stream, number", {},
      [&](const Row& row) {
        segments[static_cast<std::uint64_t>(row.integer(0))].push_back(
            {static_cast<std::uint64_t>(row.integer(1)), static_cast<std::uint64_t>(row.integer(2)),
             row.integer(3)});
        return true;
      }));
  RETURN_IF_ERROR(
      writer.query("SELECT stream, lane, next, tip_ms FROM storage_lanes", {}, [&](const Row& row) {
        lanes[static_cast<std::uint64_t>(row.integer(0))][static_cast<std::uint32_t>(
            row.integer(1))] = {static_cast<std::uint64_t>(row.integer(2)), row.integer(3)};
        return true;
      }));
  for (auto& [stream, rows] : lanes) {
    RETURN_IF_ERROR(records->state().load(stream, std::move(segments[stream]), std::move(rows)));
  }
  MutexLock lock(records->state().mutex);
  for (const std::string& line : records->state().damage) damage.push_back(line);
  return {};
}

Status Store::State::replay(LogPosition position, std::string_view payload) {
  std::vector<Pending> entries;
  Decoder in(payload);
  while (in.ok() && !in.at_end()) {
    const std::string_view encoded = in.bytes();
    if (!in.ok()) break;
    ASSIGN_OR_RETURN(Entry entry, decode_entry(encoded));
    entries.emplace_back().entry = std::move(entry);
  }
  if (!in.ok()) return fail(ErrorCode::kCorruption, "a frame of the log does not parse");
  const LogPosition end = position + (kFrameHeaderBytes + payload.size() + kFrameAlignment - 1) /
                                         kFrameAlignment * kFrameAlignment;
  return apply(entries, end, true);
}

}  // namespace headrace::storage
