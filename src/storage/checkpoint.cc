// Moving what the log holds into the three stores, so that the log can be cut; and giving back the
// space of what was deleted.
#include <chrono>
#include <cstdio>
#include <set>
#include <string>
#include <utility>

#include "storage/store_state.h"

namespace headrace::storage {
namespace {

constexpr std::uint64_t kUnflushedBytesMax = 16ULL << 20;
constexpr int kWalPagesMax = 4096;  // of 4 KiB
constexpr std::int64_t kGarbageRowsMax = 1000;
constexpr std::chrono::seconds kMaintenancePause{1};

}  // namespace

Status Store::State::checkpoint() {
  std::vector<std::string> doomed;
  Status made = make_checkpoint(doomed);
  // Files of deleted streams are large. Nobody waits meanwhile: the log is cut, no lock is held.
  // What cannot be unlinked is tried again with the next checkpoint.
  std::erase_if(doomed, [this](const std::string& path) { return disk.remove(path).has_value(); });
  records->state().doom(std::move(doomed));
  return made;
}

Status Store::State::make_checkpoint(std::vector<std::string>& doomed) {
  MutexLock lock(checkpoint_mutex);
  LogPosition position = 0;
  {
    MutexLock turn_lock(turn_mutex);
    if (dead) return std::unexpected(*dead);
    position = durable;
  }
  const Status flushed = records->state().flush();
  // Without space the log stays as it is; what was deleted is given back all the same.
  if (!flushed && flushed.error().code != ErrorCode::kDiskFull) return flushed;
  if (!flushed) position = checkpointed;
  Status synced = records->state().sync_segments();
  if (synced) synced = blobs->state().sync_volumes();
  if (!synced) {
    die(synced.error());
    return synced;
  }
  // Taken before the manifest is, so that it names none of them.
  std::vector<std::string> taken = records->state().take_doomed();
  if (const Status written = write_manifest(position); !written) {
    records->state().doom(std::move(taken));
    return written;
  }
  doomed = std::move(taken);
  checkpointed = position;
  RETURN_IF_ERROR(flushed);
  return log->cut(position);
}

// One transaction, synced with everything before it: from here on recovery starts at `position`.
Status Store::State::write_manifest(LogPosition position) {
  MutexLock lock(writer_mutex);
  Connection& writer = *metadata->state().writer;
  if (options.sync) RETURN_IF_ERROR(writer.execute("PRAGMA synchronous=FULL"));
  Status written = replace_manifest(writer, position);
  // The next commit begins a transaction of its own.
  if (!written) writer.roll_back();
  if (options.sync) RETURN_IF_ERROR(writer.execute("PRAGMA synchronous=NORMAL"));
  return written;
}

Status Store::State::replace_manifest(Connection& writer, LogPosition position) {
  RETURN_IF_ERROR(
      writer.execute("BEGIN IMMEDIATE; DELETE FROM storage_segments; DELETE FROM storage_lanes"));
  for (const RecordStore::State::Manifest& m : records->state().manifest()) {
    const auto stream = static_cast<std::int64_t>(m.stream);
    for (const SegmentRow& row : m.segments) {
      RETURN_IF_ERROR(writer.run("INSERT INTO storage_segments VALUES(?1, ?2, ?3, ?4)",
                                 {stream, static_cast<std::int64_t>(row.number),
                                  static_cast<std::int64_t>(row.length), row.last_ms}));
    }
    for (const auto& [lane, row] : m.lanes) {
      RETURN_IF_ERROR(writer.run("INSERT INTO storage_lanes VALUES(?1, ?2, ?3, ?4)",
                                 {stream, static_cast<std::int64_t>(lane),
                                  static_cast<std::int64_t>(row.next), row.tip_ms}));
    }
  }
  RETURN_IF_ERROR(writer.run("UPDATE storage_position SET checkpoint=?1",
                             {static_cast<std::int64_t>(position)}));
  return writer.execute("COMMIT");
}

Status Store::State::checkpoint_database() {
  MutexLock lock(checkpoint_mutex);
  wal_pages = 0;
  if (options.commit_threads == 0) {
    MutexLock writer_lock(writer_mutex);
    return metadata->state().writer->execute("PRAGMA wal_checkpoint(PASSIVE)");
  }
  // A connection of its own, so that commits go on meanwhile.
  ASSIGN_OR_RETURN(const auto connection,
                   Connection::open(metadata->state().path, options.sqlite_vfs, false));
  return connection->execute("PRAGMA wal_checkpoint(PASSIVE)");
}

Status Store::State::collect_garbage() {
  MutexLock lock(collection_mutex);
  garbage_waiting = false;
  std::int64_t last = 0;
  RETURN_IF_ERROR(metadata->query("SELECT max(n) FROM (SELECT n FROM garbage ORDER BY n LIMIT ?1)",
                                  {kGarbageRowsMax}, [&](const Row& row) {
                                    last = row.integer(0);
                                    return false;
                                  }));
  if (last == 0) return {};
  // What a pin holds back, and what is beyond this round, the next one takes.
  garbage_waiting = true;
  last = blobs->state().take_garbage(last);
  std::vector<Extent> dead_extents;
  std::size_t rows = 0;
  RETURN_IF_ERROR(
      metadata->query("SELECT extents FROM garbage WHERE n <= ?1", {last}, [&](const Row& row) {
        ++rows;
        auto extents = decode_extents(row.view(0));
        if (extents) {
          dead_extents.insert(dead_extents.end(), extents->begin(), extents->end());
        }
        return true;
      }));
  if (rows == 0) return {};
  Entry entry;
  entry.mutations.push_back({"DELETE FROM garbage WHERE n <= ?1", {last}});
  for (const Extent& extent : dead_extents) {
    if (extent.volume != 0) {
      entry.mutations.push_back(
          {"UPDATE storage_volumes SET live = live - ?2 WHERE volume = ?1",
           {static_cast<std::int64_t>(extent.volume), static_cast<std::int64_t>(extent.size)}});
    } else {
      entry.mutations.push_back(
          {"DELETE FROM storage_files WHERE id = ?1", {static_cast<std::int64_t>(extent.id)}});
    }
  }
  RETURN_IF_ERROR(commit_and_wait(std::move(entry)));
  return remove_dead(dead_extents);
}

// What a crash or an error leaves here goes at the next start.
Status Store::State::remove_dead(const std::vector<Extent>& dead_extents) {
  std::set<std::uint32_t> volumes;
  for (const Extent& extent : dead_extents) {
    if (extent.volume == 0) {
      RETURN_IF_ERROR(blobs->state().remove_file(extent.id));
    } else {
      volumes.insert(extent.volume);
    }
  }
  for (const std::uint32_t volume : volumes) {
    if (blobs->state().is_current(volume)) continue;
    std::int64_t live = 1;
    RETURN_IF_ERROR(metadata->query("SELECT live FROM storage_volumes WHERE volume=?1",
                                    {static_cast<std::int64_t>(volume)}, [&](const Row& row) {
                                      live = row.integer(0);
                                      return false;
                                    }));
    if (live == 0) RETURN_IF_ERROR(blobs->state().remove_volume(volume));
  }
  return {};
}

bool Store::State::needs_maintenance() {
  return records->state().unflushed_bytes() > kUnflushedBytesMax ||
         log->used_bytes() > options.log_bytes_max / 2 || wal_pages > kWalPagesMax ||
         garbage_waiting || log->wants_spare() || records->state().has_doomed();
}

void Store::State::wake_maintenance() {
  {
    MutexLock lock(maintenance_mutex);
    maintenance_signalled = true;
  }
  maintenance_wanted.notify_one();
}

// A failure here (a full disk) costs nothing yet: all is in the log, and the next round tries
// again. The log's bound is what turns it into refusals. Answers the last failure; none keeps the
// others from being tried.
Status Store::State::maintain_once() {
  Status last;
  const auto note = [&last](Status status) {
    if (!status) last = std::move(status);
  };
  if (log->wants_spare()) note(log->prepare_spare());
  if (log->used_bytes() > options.log_bytes_max / 2 || records->state().has_doomed()) {
    note(checkpoint());
  } else if (records->state().unflushed_bytes() > kUnflushedBytesMax) {
    MutexLock lock(checkpoint_mutex);
    note(records->state().flush());
  }
  if (wal_pages > kWalPagesMax) note(checkpoint_database());
  if (garbage_waiting) note(collect_garbage());
  return last;
}

void Store::State::maintain_loop() {
  std::string told;
  for (;;) {
    {
      MutexLock lock(maintenance_mutex);
      while (!maintenance_signalled && !maintenance_stopping) {
        maintenance_wanted.wait(maintenance_mutex);
      }
      if (maintenance_stopping) return;
      maintenance_signalled = false;
    }
    const Status maintained = maintain_once();
    const std::string failure = maintained ? "" : maintained.error().message;
    if (!failure.empty() && failure != told) {
      std::fprintf(stderr, "headrace: maintenance: %s; trying again\n", failure.c_str());
    }
    told = failure;
    if (maintained) continue;
    // Not at once, however often commits ask for it; and also when none does.
    MutexLock lock(maintenance_mutex);
    if (!maintenance_stopping) maintenance_paused.wait_for(maintenance_mutex, kMaintenancePause);
    maintenance_signalled = true;
  }
}

}  // namespace headrace::storage
