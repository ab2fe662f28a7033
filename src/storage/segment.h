// Record segments: runs of one lane's records in blocks, many lanes to a file; see
// docs/formats/segment.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "io/disk.h"
#include "storage/aligned_buffer.h"
#include "storage/record.h"

namespace headrace::storage {

inline constexpr std::size_t kBlockBytes = 128UL * 1024;  // a block closes once it has this much

struct BlockInfo {
  std::uint32_t lane = 0;
  std::uint32_t count = 0;
  std::uint64_t first = 0;  // numbers, both inclusive
  std::uint64_t last = 0;
  std::int64_t first_ms = 0;  // arrival times
  std::int64_t last_ms = 0;   // the greatest in the block
  std::uint64_t offset = 0;   // of the block's header in the file
  std::uint32_t payload_size = 0;
  std::uint32_t payload_crc = 0;
};

// Gathers records of one lane into a block at the end of `run`, where nobody else writes before it
// is staged.
class BlockBuilder {
 public:
  BlockBuilder(std::uint32_t lane, AlignedBuffer& run) : run_(run) { info_.lane = lane; }
  void add(const RecordView& record);
  bool empty() const { return info_.count == 0; }
  std::uint32_t lane() const { return info_.lane; }
  // Whether the block can still tell when the record arrived, 24 days from its first at most.
  bool takes(const RecordView& record) const;
  bool full() const { return run_.size() - begin_ >= kBlockBytes; }
  // Ends the block; `offset` is where the run will lie in the file. The builder is empty again.
  BlockInfo take(std::uint64_t offset);

 private:
  AlignedBuffer& run_;
  std::size_t begin_ = 0;  // of the block in the run, when it is not empty
  BlockInfo info_;
};

// One file. Not thread-safe, except that blocks may be read by many at once. It is written past the
// page cache in long runs of blocks (an eighth of the processor time that buffered writes take).
class Segment {
 public:
  // Makes a new file, or opens one of which `length` bytes are known to be good.
  static Result<std::unique_ptr<Segment>> create(io::Disk& disk, const std::string& path,
                                                 std::uint64_t stream);
  static Result<std::unique_ptr<Segment>> open(io::Disk& disk, const std::string& path,
                                               std::uint64_t length);

  // Ends the builder's block in the run that write() will write.
  void stage(BlockBuilder& builder);
  // Writes the run of staged blocks at the end. Not synced. When it fails they are forgotten.
  Status write(AlignedBuffer& run);
  void forget_staged();
  // Makes the blocks of the run that was written readable: the part that readers must not see half
  // done.
  void publish();
  Status sync() { return writer_ ? writer_->sync() : Status{}; }
  // After the last write and sync.
  void seal() { writer_.reset(); }
  std::uint64_t length() const { return length_; }
  const std::vector<BlockInfo>& blocks() const { return blocks_; }
  // Where in blocks() the lane's blocks are, in order: from the first that ends with record
  // `number` or a later one and has a record that arrived at `ms` or later. Valid until publish().
  std::span<const std::uint32_t> blocks_of(std::uint32_t lane, std::uint64_t number,
                                           std::int64_t ms) const;
  std::int64_t last_ms() const { return last_ms_; }
  const std::string& path() const { return path_; }
  // Places that cannot be read, found when the file was opened.
  const std::vector<std::string>& damage() const { return damage_; }

  // Calls `visit` for the block's records in order until it returns false. The views die with
  // `storage`. kCorruption names the file and place.
  Status read_block(const BlockInfo& block, std::string& storage,
                    const std::function<bool(const RecordView&)>& visit) const;

 private:
  Segment(io::Disk& disk, std::string path, std::unique_ptr<io::File> writer,
          std::unique_ptr<io::File> file)
      : disk_(disk), path_(std::move(path)), writer_(std::move(writer)), file_(std::move(file)) {}
  Status load_blocks(std::uint64_t length);
  Result<bool> is_padding(std::uint64_t offset, std::uint64_t end) const;
  void add(const BlockInfo& block);

  io::Disk& disk_;
  std::string path_;
  std::unique_ptr<io::File> writer_;  // direct; null until there is something to write
  std::unique_ptr<io::File> file_;    // for reading, through the page cache
  std::vector<BlockInfo> staged_;
  std::uint64_t length_ = 0;
  std::int64_t last_ms_ = 0;
  std::vector<BlockInfo> blocks_;
  struct LaneBlocks {
    std::vector<std::uint32_t> positions;
    std::vector<std::int64_t> latest_ms;  // the greatest arrival time up to there
  };
  std::unordered_map<std::uint32_t, LaneBlocks> lanes_;
  std::vector<std::string> damage_;
};

}  // namespace headrace::storage
