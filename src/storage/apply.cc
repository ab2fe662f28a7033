// What a committed entry does to the three stores.
#include <utility>

#include "storage/store_state.h"

namespace headrace::storage {

Status Store::State::apply(std::vector<Pending>& entries, LogPosition end, bool replaying) {
  bool has_rows = false;
  for (Pending& p : entries) {
    if (!p.outcome) continue;
    // Before the rows that name them; for an entry that is refused the place is simply wasted.
    for (const InlineBlob& blob : p.entry.blobs) RETURN_IF_ERROR(blobs->state().apply(blob));
    has_rows = has_rows || !p.entry.mutations.empty();
  }
  // At recovery the database may be ahead of the checkpoint.
  if (has_rows && !(replaying && end <= database_position)) {
    RETURN_IF_ERROR(apply_rows(entries, end));
  }
  for (Pending& p : entries) {
    if (p.outcome && !p.outcome->refused_by && p.entry.records) {
      records->state().publish(p.entry.records);
    }
  }
  return {};
}

Status Store::State::apply_rows(std::vector<Pending>& entries, LogPosition end) {
  MutexLock lock(writer_mutex);
  Status applied = apply_in_order(entries, end);
  // It may be tried again, in a transaction of its own.
  if (!applied) metadata->state().writer->roll_back();
  return applied;
}

Status Store::State::apply_in_order(std::vector<Pending>& entries, LogPosition end) {
  Connection& writer = *metadata->state().writer;
  RETURN_IF_ERROR(writer.run("BEGIN IMMEDIATE", {}));
  for (Pending& p : entries) {
    if (!p.outcome || p.entry.mutations.empty()) continue;
    RETURN_IF_ERROR(writer.run("SAVEPOINT entry", {}));
    auto outcome = apply_mutations(p.entry.mutations);
    if (!outcome && outcome.error().code != ErrorCode::kInternal) {
      return std::unexpected(outcome.error());
    }
    if (!outcome || outcome->refused_by) {
      RETURN_IF_ERROR(writer.run("ROLLBACK TO entry", {}));
    } else {
      RETURN_IF_ERROR(apply_accounting(p.entry));
    }
    RETURN_IF_ERROR(writer.run("RELEASE entry", {}));
    p.outcome = std::move(outcome);
  }
  RETURN_IF_ERROR(
      writer.run("UPDATE storage_position SET applied=?1", {static_cast<std::int64_t>(end)}));
  RETURN_IF_ERROR(writer.run("COMMIT", {}));
  return {};
}

Result<Committed> Store::State::apply_mutations(const std::vector<Mutation>& mutations) {
  Connection& writer = *metadata->state().writer;
  Committed committed;
  for (std::size_t i = 0; i < mutations.size(); ++i) {
    ASSIGN_OR_RETURN(const int changed, writer.run(mutations[i].sql, mutations[i].parameters));
    if (mutations[i].guard && changed == 0) {
      committed.refused_by = i;
      return committed;
    }
  }
  return committed;
}

Status Store::State::apply_accounting(const Entry& entry) {
  Connection& writer = *metadata->state().writer;
  for (const InlineBlob& blob : entry.blobs) {
    RETURN_IF_ERROR(
        writer.run("INSERT INTO storage_volumes(volume, live) VALUES(?1, ?2) "
                   "ON CONFLICT(volume) DO UPDATE SET live = live + excluded.live",
                   {static_cast<std::int64_t>(blob.extent.volume),
                    static_cast<std::int64_t>(blob.extent.size)}));
  }
  for (const Extent& extent : entry.files) {
    RETURN_IF_ERROR(writer.run("INSERT OR IGNORE INTO storage_files(id) VALUES(?1)",
                               {static_cast<std::int64_t>(extent.id)}));
  }
  return {};
}

}  // namespace headrace::storage
