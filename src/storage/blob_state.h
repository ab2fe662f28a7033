// The store's side of blobs.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/mutex.h"
#include "io/disk.h"
#include "storage/blob.h"

namespace headrace::storage {

struct Pins {
  Mutex mutex;
  std::int64_t taken GUARDED_BY(mutex) = 0;            // rows of garbage up to here may be gone
  std::multiset<std::int64_t> held GUARDED_BY(mutex);  // `taken` when each pin was made
};

struct BlobStore::State {
  State(io::Disk& d, std::string dir, bool s, std::uint64_t reserve)
      : disk(d), directory(std::move(dir)), sync(s), reserve_bytes(reserve) {}

  // Finds the volumes and files that are there. Then, once the log has been replayed and the
  // database knows which files are kept and which volumes hold something, `collect_orphans`
  // removes the others (replaying the log may have made an emptied volume again).
  Status open();
  Status collect_orphans(const std::set<std::uint64_t>& kept,
                         const std::set<std::uint32_t>& live_volumes);
  // Puts an entry's blob in its place (again, at recovery). Not synced.
  Status apply(const InlineBlob& blob);
  // Syncs the volumes written since the last call.
  Status sync_volumes();
  Status remove_file(std::uint64_t id);
  Status remove_volume(std::uint32_t volume);
  bool is_current(std::uint32_t volume);
  // Of the garbage rows up to `last`, those that no pin holds: up to which one. They count as taken
  // from now on.
  std::int64_t take_garbage(std::int64_t last);
  Result<std::shared_ptr<io::File>> volume_file(std::uint32_t volume, bool create) EXCLUDES(mutex);
  std::string file_path(std::uint64_t id) const;
  std::string place(const Extent& extent) const;  // for messages
  std::string volume_path(std::uint32_t volume) const;

  io::Disk& disk;
  const std::string directory;
  const bool sync;
  const std::uint64_t reserve_bytes;  // free space that writers of files leave alone
  std::atomic<std::uint64_t> next_id{1};
  Mutex mutex;
  std::uint32_t volume GUARDED_BY(mutex) = 1;  // where new blobs go
  std::uint64_t volume_end GUARDED_BY(mutex) = 0;
  std::map<std::uint32_t, std::shared_ptr<io::File>> volumes GUARDED_BY(mutex);
  std::set<std::uint32_t> dirty GUARDED_BY(mutex);
  // Shared with the pins, which may outlive the store when it is torn down under a reader.
  std::shared_ptr<Pins> pins = std::make_shared<Pins>();
};

}  // namespace headrace::storage
