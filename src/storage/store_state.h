// The commit pipeline: queue -> frame -> sync -> apply, in order.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "io/posix_disk.h"
#include "storage/aligned_buffer.h"
#include "storage/blob_state.h"
#include "storage/log.h"
#include "storage/metadata_state.h"
#include "storage/record_state.h"
#include "storage/store.h"

namespace headrace::storage {

struct Store::State {
  State(io::Disk& d, Clock& c, Options o);
  ~State();

  struct Pending {
    std::string head;
    Entry entry;
    CommitCallback done;
    Result<Committed> outcome = Committed{};
    std::size_t bytes() const {
      return sizeof(std::uint32_t) + head.size() +
             (entry.records ? entry.records->bytes().size() : 0);
    }
  };
  // What one group commit carries.
  struct Group {
    std::vector<Pending> entries;
    std::size_t payload_bytes = 0;
    std::optional<Frame> frame;  // none: nothing in it may be written (disk full)
    std::uint64_t ticket = 0;    // with a frame: when its turn is
  };

  // What the file system said last, and how far that may be relied on.
  struct FreeSpace {
    std::uint64_t free = 0;
    bool known = false;
    MonotonicTime until;
    std::uint64_t bytes_left = 0;
  };

  // recovery.cc
  Status recover();
  Status load_manifest();
  Status collect_orphans();
  Status replay(LogPosition position, std::string_view payload);

  // store.cc
  bool commit_group(AlignedBuffer& buffer);
  std::optional<Group> gather() EXCLUDES(frame_mutex, queue_mutex);
  void take_queued(Group& group) REQUIRES(frame_mutex) EXCLUDES(queue_mutex);
  std::uint64_t free_space(std::size_t wanted) REQUIRES(frame_mutex);
  void refuse_for_space(Group& group) REQUIRES(frame_mutex);
  Result<Frame> reserve_frame(std::size_t payload_bytes) REQUIRES(frame_mutex);
  Status write_group(const Group& group, AlignedBuffer& buffer);
  void await_turn(std::uint64_t ticket) EXCLUDES(turn_mutex);
  void finish_turn(const Group& group) EXCLUDES(turn_mutex);
  Status apply_when_there_is_room(Group& group);
  void refuse_all(const Error& error) EXCLUDES(turn_mutex);
  void die(const Error& error);
  void commit_loop();
  void submit(Entry entry, CommitCallback done, Wake wake) EXCLUDES(queue_mutex);
  void wake() EXCLUDES(queue_mutex);
  Result<Committed> commit_and_wait(Entry entry);

  // apply.cc: only the thread whose turn it is, or recovery.
  Status apply(std::vector<Pending>& entries, LogPosition end, bool replaying);
  Status apply_rows(std::vector<Pending>& entries, LogPosition end);
  Status apply_in_order(std::vector<Pending>& entries, LogPosition end);
  Result<Committed> apply_mutations(const std::vector<Mutation>& mutations);
  Status apply_accounting(const Entry& entry);

  // checkpoint.cc
  Status checkpoint() EXCLUDES(checkpoint_mutex);
  // `doomed`: what may be unlinked now.
  Status make_checkpoint(std::vector<std::string>& doomed) EXCLUDES(checkpoint_mutex);
  Status write_manifest(LogPosition position) EXCLUDES(writer_mutex);
  Status replace_manifest(Connection& writer, LogPosition position) REQUIRES(writer_mutex);
  Status checkpoint_database();
  Status collect_garbage() EXCLUDES(collection_mutex);
  Status remove_dead(const std::vector<Extent>& dead_extents);
  void maintain_loop();
  Status maintain_once();
  bool needs_maintenance();
  void wake_maintenance();

  io::Disk& disk;
  Clock& clock;
  const Options options;
  std::unique_ptr<io::DirectoryLock> directory_lock;
  std::unique_ptr<Log> log;
  std::unique_ptr<RecordStore> records;
  std::unique_ptr<BlobStore> blobs;
  std::unique_ptr<Metadata> metadata;
  std::vector<std::string> damage;

  Mutex frame_mutex;  // one group at a time gets its entries and its frame; taken first
  std::uint64_t next_ticket GUARDED_BY(frame_mutex) = 0;
  FreeSpace space GUARDED_BY(frame_mutex);

  Mutex queue_mutex;
  Condition queue_ready;
  Condition room_awaited;  // nobody notifies: looked at from time to time
  std::vector<Pending> queue GUARDED_BY(queue_mutex);
  std::size_t queue_bytes GUARDED_BY(queue_mutex) = 0;
  bool queue_due GUARDED_BY(queue_mutex) = false;  // somebody waits for what is in it
  bool stopping GUARDED_BY(queue_mutex) = false;

  Mutex turn_mutex;
  Condition turn_changed;
  std::uint64_t turn GUARDED_BY(turn_mutex) = 0;
  LogPosition durable GUARDED_BY(turn_mutex) = 0;  // everything before it is synced and applied
  std::optional<Error> dead GUARDED_BY(turn_mutex);

  Mutex writer_mutex;                                         // the database's writing connection
  Mutex checkpoint_mutex;                                     // one checkpoint at a time
  LogPosition checkpointed GUARDED_BY(checkpoint_mutex) = 0;  // recovery would start here
  Mutex collection_mutex;                                     // one collection of garbage at a time

  Mutex maintenance_mutex;
  Condition maintenance_wanted;
  Condition maintenance_paused;  // after a failure; the end of the store cuts it short
  bool maintenance_signalled GUARDED_BY(maintenance_mutex) = false;
  bool maintenance_stopping GUARDED_BY(maintenance_mutex) = false;
  std::atomic<int> wal_pages{0};
  std::atomic<bool> garbage_waiting{true};
  LogPosition database_position = 0;  // recovery only: rows are applied up to here

  AlignedBuffer pump_buffer;
  std::vector<std::thread> committers;
  std::thread maintainer;
};

}  // namespace headrace::storage
