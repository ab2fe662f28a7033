// The store's side of records: tails in memory, segments on disk.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "io/disk.h"
#include "storage/log.h"
#include "storage/record.h"
#include "storage/segment.h"
#include "storage/tail_memory.h"

namespace headrace::storage {

// A batch in memory: a copy of its bytes, and where each lane's records are in it.
struct TailBatch {
  TailMemory::Placed placed;
  std::int64_t arrival_ms = 0;
  std::vector<std::uint32_t> offsets;  // lane after lane
};

// Brings the start of a record that is wanted soon into the caches.
inline void prefetch_record(const char* at) {
  for (int line = 0; line < 3; ++line) __builtin_prefetch(at + line * 64);
}

// The records that one batch brought to one lane.
struct Chunk {
  std::shared_ptr<const TailBatch> batch;  // shared by the lanes it touched
  const char* front = nullptr;             // the first record: `batch` itself may have gone cold
  std::uint64_t first = 0;
  std::int64_t latest_ms = 0;  // the greatest arrival time in the lane up to here
  std::uint32_t begin = 0;     // among the batch's offsets
  std::uint32_t count = 0;
  std::uint64_t end() const { return first + count; }
  const std::uint32_t* offset() const { return batch->offsets.data() + begin; }
  const char* at(std::size_t index) const {
    return batch->placed.bytes + batch->offsets[begin + index];
  }
  RecordView record(std::size_t index) const {
    const char* const record = at(index);
    return {first + index, batch->arrival_ms, RecordBatch::key_of(record),
            RecordBatch::data_of(record), RecordBatch::mark_of(record)};
  }
};

struct Lane {
  std::uint64_t next = 0;     // number of the next committed record
  std::uint64_t flushed = 0;  // records below are in segments
  std::int64_t tip_ms = 0;
  std::deque<Chunk> tail;  // ascending; gaps where an append failed
};

// The first that has `number` or greater ones.
inline std::deque<Chunk>::const_iterator chunk_with(const std::deque<Chunk>& tail,
                                                    std::uint64_t number) {
  return std::upper_bound(tail.begin(), tail.end(), number,
                          [](std::uint64_t n, const Chunk& c) { return n < c.end(); });
}

// As the manifest in the database has it.
struct SegmentRow {
  std::uint64_t number = 0;
  std::uint64_t length = 0;
  std::int64_t last_ms = 0;
};

struct LaneRow {
  std::uint64_t next = 0;  // records below are in segments
  std::int64_t tip_ms = 0;
};

struct StreamRecords {
  StreamRecords(std::uint64_t i, std::string dir) : id(i), directory(std::move(dir)) {}

  // A segment that is written to, or was; its blocks are read from the file when first needed.
  struct Piece {
    std::uint64_t number = 0;
    std::uint64_t length = 0;
    std::int64_t last_ms = 0;
    std::shared_ptr<Segment> segment;  // null: not opened yet
    bool unsynced = false;             // made or written since the last sync
    bool made = false;                 // since the last sync: its name is not durable yet
  };

  Lane& lane(std::uint32_t number) REQUIRES(mutex) {
    if (number >= lanes.size()) lanes.resize(number + 1);
    return lanes[number];
  }

  const std::uint64_t id;
  const std::string directory;
  mutable Mutex mutex;
  // By number; those that have no records yet are there when a greater one has.
  std::deque<Lane> lanes GUARDED_BY(mutex);
  std::vector<Piece> pieces GUARDED_BY(mutex);  // ascending; the last is written to
  bool dropped GUARDED_BY(mutex) = false;
  bool unflushed GUARDED_BY(mutex) = false;  // since the last flush began there were records
  struct Listener {
    std::uint32_t lane = 0;  // kNoLane: all of them
    std::function<void()> run;
  };
  std::map<std::uint64_t, Listener> listeners GUARDED_BY(mutex);
  std::uint64_t last_listener GUARDED_BY(mutex) = 0;
};

struct RecordStore::State {
  State(io::Disk& d, std::string dir, bool s, std::uint64_t tail_max, std::uint64_t segment_max,
        std::uint64_t reserve)
      : disk(d),
        directory(std::move(dir)),
        sync(s),
        tail_bytes_max(tail_max),
        segment_bytes_max(segment_max),
        reserve_bytes(reserve) {}

  // From the manifest, before the log is replayed.
  Status load(std::uint64_t stream, std::vector<SegmentRow> segments,
              std::map<std::uint32_t, LaneRow> lanes);
  // Removes directories of streams that the manifest does not know.
  Status collect_orphans();
  std::vector<Chunk> chunks_of(const RecordBatch& batch);
  // Of the batch that chunks_of saw last.
  bool has_lane(const RecordBatch& batch, std::uint32_t lane) const;
  // Makes the batch readable. Batches come one at a time, in log order.
  void publish(const std::shared_ptr<const RecordBatch>& batch);
  // Writes what is only in memory to segments (not synced), several streams at once, then drops
  // from memory what exceeds the bound. One thread calls it.
  Status flush();
  // Syncs what flush wrote.
  Status sync_segments();
  std::uint64_t unflushed_bytes() const { return unflushed.load(); }

  struct Manifest {
    std::uint64_t stream = 0;
    std::vector<SegmentRow> segments;
    std::map<std::uint32_t, LaneRow> lanes;
  };
  std::vector<Manifest> manifest() const;

  // Files that trim() and drop() left behind. They are unlinked once a manifest without them is
  // durable: one that names a missing file would end the next start.
  void doom(std::vector<std::string> paths) EXCLUDES(mutex);
  std::vector<std::string> take_doomed() EXCLUDES(mutex);
  bool has_doomed() const EXCLUDES(mutex);

  std::shared_ptr<StreamRecords> find(std::uint64_t stream) const EXCLUDES(mutex);
  // Null when it was dropped.
  std::shared_ptr<StreamRecords> find_or_make(std::uint64_t stream) EXCLUDES(mutex);
  // What a lane has in memory only: as addresses, which hold until evict(), even if the stream is
  // dropped, for as long as its records are held.
  struct Unflushed {
    std::uint32_t lane = 0;
    std::uint64_t from = 0;
    std::span<const Chunk* const> chunks;
  };
  // Of one stream, on their way to its segment, not written.
  struct Staged {
    AlignedBuffer& blocks;
    std::shared_ptr<Segment> segment;
    std::vector<std::pair<std::uint32_t, std::uint64_t>> ends;  // of lanes: staged up to there
  };
  // `blocks` is memory to use.
  Status flush_stream(StreamRecords& stream, AlignedBuffer& blocks);
  Status flush_lane(StreamRecords& stream, const Unflushed& lane, Staged& staged);
  Status stage(StreamRecords& stream, BlockBuilder& builder, std::uint64_t up_to, Staged& staged);
  Status write_run(StreamRecords& stream, Staged& staged);
  // Null when the stream was dropped.
  Result<std::shared_ptr<Segment>> writable_segment(StreamRecords& stream);
  // The numbers of the segments that have records which arrived at `ms` or later.
  static std::vector<std::uint64_t> pieces_since(const StreamRecords& stream, std::int64_t ms);
  // Null when it was given up meanwhile.
  Result<std::shared_ptr<Segment>> open_piece(StreamRecords& stream, std::uint64_t number) const;
  void evict() EXCLUDES(mutex);
  std::string piece_path(const StreamRecords& stream, std::uint64_t number) const;

  io::Disk& disk;
  const std::string directory;
  const bool sync;
  const std::uint64_t tail_bytes_max;
  const std::uint64_t segment_bytes_max;
  const std::uint64_t reserve_bytes;  // free space that segments leave alone
  mutable Mutex mutex;
  std::unordered_map<std::uint64_t, std::shared_ptr<StreamRecords>> streams GUARDED_BY(mutex);
  std::unordered_set<std::uint64_t> dropped GUARDED_BY(mutex);  // since the start
  // Batches in memory, oldest first, with what each costs.
  struct Resident {
    std::shared_ptr<StreamRecords> stream;
    std::vector<RecordBatch::Run> runs;
    std::uint64_t bytes = 0;
  };
  std::deque<Resident> resident GUARDED_BY(mutex);
  std::uint64_t resident_bytes GUARDED_BY(mutex) = 0;
  TailMemory tail_memory;                  // publish() only
  std::vector<std::uint32_t> run_of_lane;  // publish() only: of the batch at hand
  std::atomic<std::uint64_t> unflushed{0};
  std::vector<std::string> damage GUARDED_BY(mutex);
  std::vector<std::string> doomed GUARDED_BY(mutex);
  std::function<void()> on_doomed;  // set before anyone else has this; runs without the lock
};

}  // namespace headrace::storage
