// The store of one data directory: one log, and behind it the record segments, the blobs and the
// metadata database that apply its entries. See docs/formats/ for the bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "io/disk.h"
#include "storage/blob.h"
#include "storage/metadata.h"
#include "storage/mutation.h"
#include "storage/record.h"

namespace headrace::storage {

// One atomic change: records appended to lanes, small blobs, rows. All of it survives a crash or
// none of it. Records travel alone: an entry with records has no mutations.
struct Entry {
  std::shared_ptr<const RecordBatch> records;  // null: none
  std::vector<Mutation> mutations;
  std::vector<InlineBlob> blobs;  // places reserved by BlobStore::reserve
  std::vector<Extent> files;      // what BlobWriter::finish gave, when a row of this entry names it
};

struct Committed {
  // Set when a guard refused the entry: its index among `mutations`. Nothing was applied.
  std::optional<std::size_t> refused_by;
};

// Called once, on a commit thread, after the entry is durable and applied (or refused). Must be
// short. kDiskFull and kUnavailable: nothing was written, the caller may try again later.
using CommitCallback = std::move_only_function<void(Result<Committed>)>;

class Store {
 public:
  struct Options {
    std::string directory;
    bool sync = true;  // --durability os: false
    std::uint64_t log_bytes_max = 256U << 20;
    std::uint64_t tail_bytes_max = 48U << 20;  // records kept in memory, over all lanes
    std::uint64_t segment_bytes_max = 256U << 20;
    std::uint64_t reserve_bytes = 32U << 20;  // free space kept for metadata when the disk fills
    int commit_threads = 2;                   // 0: nothing commits until pump() (simulation)
    std::vector<Schema> schemas;              // every domain's tables
    const char* sqlite_vfs = nullptr;         // the simulation's
    // Called when the log or the database fails in a way that leaves unknown what is on the disk.
    // Production prints the error and ends the process; when it returns, the store refuses all.
    std::function<void(const Error&)> on_fatal = nullptr;
  };

  // Opens or makes the directory, locks it, recovers. kInUse: another process has it.
  static Result<std::unique_ptr<Store>> open(io::Disk& disk, Clock& clock, Options options);
  ~Store();

  // Thread-safe. Entries commit in the order of these calls. With kLater a small entry waits for
  // wake(), or for whatever else is committed first: who has more to submit gathers it into one
  // commit.
  enum class Wake { kNow, kLater };
  void submit(Entry entry, CommitCallback done, Wake wake = Wake::kNow);
  void wake();
  // Waits for the commit; for start-up, tests and blocking-pool threads, never an I/O thread.
  Result<Committed> submit_and_wait(Entry entry);

  RecordStore& records();
  BlobStore& blobs();
  Metadata& metadata();

  // Commits what has gathered, on this thread; false when there was nothing. For commit_threads 0.
  bool pump();
  // Flushes and syncs the three stores, then cuts the log. The store does this by itself as the
  // log fills (when commit_threads > 0).
  Status checkpoint();
  // Gives back the space of what the table `garbage` names and no pin holds. The store does this by
  // itself (when commit_threads > 0).
  Status collect_garbage();
  // What recovery found to be damaged: one line each, naming file and place.
  const std::vector<std::string>& damage() const;

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace headrace::storage
