// Records: a stream's lanes (what the layer above calls shards) are runs of numbered records.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "storage/encoding.h"

namespace headrace::storage {

inline constexpr std::uint32_t kNoLane = 0xffffffff;

// A number that the layer above puts on a record and finds there again, 0 if it does not: what of
// its own the data was sealed with.
using Mark = std::uint16_t;

// The records of one append, laid out as the log writes them (docs/formats/log.md): for each
// record a 16-byte header {u32 lane, u32 key size, u32 data size, u32 mark}, data, key. Filled by
// one thread, then handed over as const. Keys have less than 64 KiB.
class RecordBatch {
 public:
  struct Run {
    std::uint32_t lane;
    std::uint64_t first;  // number of the lane's first record in this batch
    std::uint32_t count;
  };

  // `bytes_max` bounds the sum of sizes of keys and data, `records_max` their count.
  RecordBatch(std::size_t bytes_max, std::size_t records_max);

  void add(std::string_view key, std::string_view data);
  // For decoders that write data in place: where the next record's data starts, with room for
  // what the bound leaves; then its true size, and the key. Without end() nothing was added.
  char* begin();
  void end(std::size_t data_size, std::string_view key);

  std::size_t size() const { return offsets_.size(); }
  std::string_view key(std::size_t index) const { return key_of(at(index)); }
  std::string_view data(std::size_t index) const { return data_of(at(index)); }
  // kNoLane drops the record: it is written but never read.
  void set_lane(std::size_t index, std::uint32_t lane) { store<std::uint32_t>(at(index), lane); }
  std::uint32_t lane(std::size_t index) const { return load<std::uint32_t>(at(index)); }
  void set_mark(std::size_t index, Mark mark) { store<std::uint32_t>(at(index) + 12, mark); }
  Mark mark(std::size_t index) const { return mark_of(at(index)); }
  // For keepers of single records: where record `index` starts in bytes(), and what is in the
  // record that starts at `record`, in bytes() or a copy of them.
  std::uint32_t offset(std::size_t index) const { return offsets_[index]; }
  static std::string_view key_of(const char* record) {
    return {record + kHeaderBytes + load<std::uint32_t>(record + 8),
            load<std::uint32_t>(record + 4)};
  }
  static std::string_view data_of(const char* record) {
    return {record + kHeaderBytes, load<std::uint32_t>(record + 8)};
  }
  static Mark mark_of(const char* record) {
    return static_cast<Mark>(load<std::uint32_t>(record + 12));
  }
  std::string_view bytes() const { return {arena_.get(), used_}; }

  std::uint64_t stream = 0;
  std::int64_t arrival_ms = 0;
  std::vector<Run> runs;  // one for each lane that has records here, any order

  // The part of the log entry that stands before bytes().
  void encode_head(std::string& out) const;
  // From a log entry's payload: what encode_head gave, then bytes(). kCorruption when it
  // does not parse.
  static Result<std::shared_ptr<RecordBatch>> parse(std::string_view payload);

 private:
  static constexpr std::size_t kHeaderBytes = 16;
  char* at(std::size_t index) const { return arena_.get() + offsets_[index]; }

  std::unique_ptr<char[]> arena_;
  std::size_t capacity_;
  std::size_t used_ = 0;
  std::vector<std::uint32_t> offsets_;  // of each record's header in the arena
};

// Views into memory that `Slice::owners` keeps alive.
struct RecordView {
  std::uint64_t number;
  std::int64_t arrival_ms;
  std::string_view key;
  std::string_view data;
  Mark mark = 0;
};

struct Slice {
  std::vector<RecordView> records;
  std::vector<std::shared_ptr<const void>> owners;
  std::uint64_t next = 0;   // read from here to go on; > last number even when filtered
  bool at_tip = false;      // nothing newer was committed when this was read
  std::int64_t tip_ms = 0;  // arrival time of the lane's newest record, 0: it has none
};

struct ReadLimits {
  std::size_t records_max = 10'000;
  std::size_t bytes_max = 10UL << 20;  // of keys and data; the first record comes whatever its size
  std::int64_t not_before_ms = 0;      // older records are skipped: retention
};

// Thread-safe. Numbers count from 0 in each lane; an append that fails leaves a gap.
class RecordStore {
 public:
  struct State;
  explicit RecordStore(std::unique_ptr<State> state);
  ~RecordStore();

  // The number that the lane's next committed record will carry; 0 for a lane never written.
  std::uint64_t next(std::uint64_t stream, std::uint32_t lane) const;
  // Reads committed records from `from` on, from memory only: nothing when they are not there any
  // more (then read()). Never blocks on the disk.
  std::optional<Slice> read_tail(std::uint64_t stream, std::uint32_t lane, std::uint64_t from,
                                 const ReadLimits& limits) const;
  // The same from memory or disk; blocks. A corrupt block is kCorruption naming file and place;
  // Slice-wise reading goes on behind it from the number that Error::detail holds.
  Result<Slice> read(std::uint64_t stream, std::uint32_t lane, std::uint64_t from,
                     const ReadLimits& limits) const;
  // The first number whose record arrived at or after `ms`; next() when there is none. Blocks.
  Result<std::uint64_t> find_time(std::uint64_t stream, std::uint32_t lane, std::int64_t ms) const;
  // Reads every block of every segment. Blocks. One line for each place that cannot be read, naming
  // file and place; `bytes` counts what was read.
  Result<std::vector<std::string>> verify(std::uint64_t* bytes) const;
  // Gives up the sealed segments whose newest record arrived before `before_ms`; their files go
  // with the next checkpoint, which this asks for. When the newest record of the oldest sealed
  // segment that is left arrived, in ms; nothing when none is left.
  std::optional<std::int64_t> trim(std::uint64_t stream, std::int64_t before_ms);
  // The streams that have records here or had; the layer above drops those it does not know.
  std::vector<std::uint64_t> streams() const;
  // Forgets a stream; its files go as with trim(). The id must not be used again.
  void drop(std::uint64_t stream);
  // `listener` runs after each commit to the lane (kNoLane: to any of the stream), on a commit
  // thread: short, no blocking, no call back into this store. Once remove_listener has returned it
  // runs no more. For a stream that was dropped it never runs.
  std::uint64_t add_listener(std::uint64_t stream, std::uint32_t lane,
                             std::function<void()> listener);
  void remove_listener(std::uint64_t stream, std::uint64_t listener);

  State& state() { return *state_; }  // for Store

 private:
  std::unique_ptr<State> state_;
};

}  // namespace headrace::storage
