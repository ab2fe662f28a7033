#include "storage/segment.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "storage/crc.h"
#include "storage/encoding.h"

namespace headrace::storage {
namespace {

// File header: {u64 magic, u32 version, u32 zero, u64 stream}, zeroes up to the alignment. Then
// runs of blocks, each run followed by zeroes up to the alignment.
constexpr std::uint64_t kFileMagic = 0x3147455345434148;  // "HACESEG1"
constexpr std::uint32_t kFileVersion = 1;
// Block header: {u32 magic, u32 crc of the rest of the header, u32 lane, u32 count, u64 first,
// u64 last, i64 first ms, i64 last ms, u32 payload size, u32 payload crc}.
constexpr std::uint32_t kBlockMagic = 0x434f4c42;  // "BLOC"
constexpr std::size_t kBlockHeaderBytes = 56;
// Record: {u32 number - first, i32 arrival - first ms, u16 key size, u16 mark, u32 data size},
// data, key.
constexpr std::size_t kRecordHeaderBytes = 16;

bool parse_header(std::string_view header, BlockInfo* block) {
  Decoder in(header);
  const auto magic = in.get<std::uint32_t>();
  const auto crc = in.get<std::uint32_t>();
  if (!in.ok() || magic != kBlockMagic || header.size() < kBlockHeaderBytes ||
      crc != crc32c(header.substr(8, kBlockHeaderBytes - 8))) {
    return false;
  }
  block->lane = in.get<std::uint32_t>();
  block->count = in.get<std::uint32_t>();
  block->first = in.get<std::uint64_t>();
  block->last = in.get<std::uint64_t>();
  block->first_ms = static_cast<std::int64_t>(in.get<std::uint64_t>());
  block->last_ms = static_cast<std::int64_t>(in.get<std::uint64_t>());
  block->payload_size = in.get<std::uint32_t>();
  block->payload_crc = in.get<std::uint32_t>();
  return in.ok();
}

}  // namespace

void BlockBuilder::add(const RecordView& record) {
  if (info_.count == 0) {
    begin_ = run_.size();
    run_.extend(kBlockHeaderBytes);
    info_.first = record.number;
    info_.first_ms = record.arrival_ms;
    info_.last_ms = record.arrival_ms;
  }
  CHECK(record.number - info_.first < UINT32_MAX);
  info_.last = record.number;
  info_.last_ms = std::max(info_.last_ms, record.arrival_ms);
  ++info_.count;
  CHECK(takes(record));
  const std::int64_t later = record.arrival_ms - info_.first_ms;
  CHECK(record.key.size() <= UINT16_MAX);
  char* const out = run_.extend(kRecordHeaderBytes + record.data.size() + record.key.size());
  store<std::uint32_t>(out, static_cast<std::uint32_t>(record.number - info_.first));
  store<std::int32_t>(out + 4, static_cast<std::int32_t>(later));
  store<std::uint16_t>(out + 8, static_cast<std::uint16_t>(record.key.size()));
  store<Mark>(out + 10, record.mark);
  store<std::uint32_t>(out + 12, static_cast<std::uint32_t>(record.data.size()));
  char* const bytes = out + kRecordHeaderBytes;
  if (record.data.end() == record.key.begin()) {  // as in a batch's arena
    std::memcpy(bytes, record.data.data(), record.data.size() + record.key.size());
  } else {
    record.data.copy(bytes, record.data.size());
    record.key.copy(bytes + record.data.size(), record.key.size());
  }
}

bool BlockBuilder::takes(const RecordView& record) const {
  const std::int64_t later = record.arrival_ms - info_.first_ms;
  return empty() || (later >= INT32_MIN && later <= INT32_MAX);
}

BlockInfo BlockBuilder::take(std::uint64_t offset) {
  const std::string_view payload = run_.view().substr(begin_ + kBlockHeaderBytes);
  info_.offset = offset + begin_;
  info_.payload_size = static_cast<std::uint32_t>(payload.size());
  info_.payload_crc = crc32c(payload);
  char* const header = run_.data() + begin_;
  store<std::uint32_t>(header, kBlockMagic);
  store<std::uint32_t>(header + 8, info_.lane);
  store<std::uint32_t>(header + 12, info_.count);
  store<std::uint64_t>(header + 16, info_.first);
  store<std::uint64_t>(header + 24, info_.last);
  store<std::int64_t>(header + 32, info_.first_ms);
  store<std::int64_t>(header + 40, info_.last_ms);
  store<std::uint32_t>(header + 48, info_.payload_size);
  store<std::uint32_t>(header + 52, info_.payload_crc);
  store<std::uint32_t>(header + 4, crc32c({header + 8, kBlockHeaderBytes - 8}));
  const BlockInfo taken = info_;
  info_ = {};
  info_.lane = taken.lane;
  return taken;
}

Result<std::unique_ptr<Segment>> Segment::create(io::Disk& disk, const std::string& path,
                                                 std::uint64_t stream) {
  ASSIGN_OR_RETURN(auto writer, disk.open(path, io::OpenMode::kCreate, true));
  ASSIGN_OR_RETURN(auto file, disk.open(path, io::OpenMode::kRead, false));
  RETURN_IF_ERROR(writer->truncate(0));
  AlignedBuffer header(io::kDirectAlignment);
  store<std::uint64_t>(header.data(), kFileMagic);
  store<std::uint32_t>(header.data() + 8, kFileVersion);
  store<std::uint64_t>(header.data() + 16, stream);
  RETURN_IF_ERROR(writer->write_at(0, header.view()));
  std::unique_ptr<Segment> segment(new Segment(disk, path, std::move(writer), std::move(file)));
  segment->length_ = header.size();
  return segment;
}

Result<std::unique_ptr<Segment>> Segment::open(io::Disk& disk, const std::string& path,
                                               std::uint64_t length) {
  ASSIGN_OR_RETURN(auto file, disk.open(path, io::OpenMode::kRead, false));
  std::unique_ptr<Segment> segment(new Segment(disk, path, nullptr, std::move(file)));
  RETURN_IF_ERROR(segment->load_blocks(length));
  return segment;
}

// Whether [offset, end) is what follows a run of blocks.
Result<bool> Segment::is_padding(std::uint64_t offset, std::uint64_t end) const {
  std::string bytes(end - offset, '\1');
  RETURN_IF_ERROR(file_->read_at(offset, bytes.data(), bytes.size()));
  return bytes.find_first_not_of('\0') == std::string::npos;
}

// Hops from header to header. Where one is damaged, looks for the next whole one.
Status Segment::load_blocks(std::uint64_t length) {
  ASSIGN_OR_RETURN(const std::uint64_t size, file_->size());
  if (size < length) {
    damage_.push_back(path_ + ": " + std::to_string(length - size) +
                      " bytes are missing at the end");
  }
  length_ = length;
  const std::uint64_t end = std::min(size, length);
  std::uint64_t offset = io::kDirectAlignment;
  while (offset < end) {
    std::string header(kBlockHeaderBytes, '\0');
    RETURN_IF_ERROR(file_->read_at(offset, header.data(), header.size()));
    BlockInfo block;
    if (parse_header(header, &block) && offset + kBlockHeaderBytes + block.payload_size <= end) {
      block.offset = offset;
      add(block);
      offset += kBlockHeaderBytes + block.payload_size;
      continue;
    }
    const std::uint64_t run_end = std::min<std::uint64_t>(align_up(offset), end);
    ASSIGN_OR_RETURN(const bool padding, is_padding(offset, run_end));
    if (padding && run_end > offset) {
      offset = run_end;
      continue;
    }
    std::string rest(end - offset, '\0');
    RETURN_IF_ERROR(file_->read_at(offset, rest.data(), rest.size()));
    std::size_t next = 1;
    while (next + kBlockHeaderBytes <= rest.size() &&
           !parse_header(std::string_view(rest).substr(next, kBlockHeaderBytes), &block)) {
      ++next;
    }
    const bool found = next + kBlockHeaderBytes <= rest.size();
    const std::uint64_t resume = found ? offset + next : end;
    damage_.push_back(path_ + ": bytes " + std::to_string(offset) + " to " +
                      std::to_string(resume) + " are damaged; the records there are lost");
    offset = resume;
  }
  return {};
}

void Segment::add(const BlockInfo& block) {
  LaneBlocks& lane = lanes_[block.lane];
  lane.positions.push_back(static_cast<std::uint32_t>(blocks_.size()));
  lane.latest_ms.push_back(lane.latest_ms.empty() ? block.last_ms
                                                  : std::max(lane.latest_ms.back(), block.last_ms));
  blocks_.push_back(block);
  last_ms_ = std::max(last_ms_, block.last_ms);
}

std::span<const std::uint32_t> Segment::blocks_of(std::uint32_t lane, std::uint64_t number,
                                                  std::int64_t ms) const {
  const auto found = lanes_.find(lane);
  if (found == lanes_.end()) return {};
  const auto& [positions, latest_ms] = found->second;
  const auto by_number = std::ranges::lower_bound(
      positions, number, {}, [this](std::uint32_t i) { return blocks_[i].last; });
  const auto by_time = std::ranges::lower_bound(latest_ms, ms);
  const auto from = std::max(by_number - positions.begin(), by_time - latest_ms.begin());
  return std::span(positions).subspan(static_cast<std::size_t>(from));
}

void Segment::stage(BlockBuilder& builder) { staged_.push_back(builder.take(length_)); }

Status Segment::write(AlignedBuffer& run) {
  run.pad();
  Status written;
  if (!writer_) {
    auto writer = disk_.open(path_, io::OpenMode::kReadWrite, true);
    if (writer) {
      writer_ = std::move(*writer);
    } else {
      written = std::unexpected(std::move(writer).error());
    }
  }
  if (written) written = writer_->write_at(length_, run.view());
  if (!written) {
    forget_staged();
    return written;
  }
  length_ += run.size();
  return {};
}

void Segment::forget_staged() { staged_.clear(); }

void Segment::publish() {
  for (const BlockInfo& block : staged_) add(block);
  staged_.clear();
}

Status Segment::read_block(const BlockInfo& block, std::string& storage,
                           const std::function<bool(const RecordView&)>& visit) const {
  storage.resize(block.payload_size);
  ASSIGN_OR_RETURN(const std::size_t read, file_->read_at(block.offset + kBlockHeaderBytes,
                                                          storage.data(), storage.size()));
  const auto damaged = [&] {
    return fail(ErrorCode::kCorruption,
                path_ + ": the block at byte " + std::to_string(block.offset) + " (records " +
                    std::to_string(block.first) + " to " + std::to_string(block.last) +
                    ") is damaged",
                std::to_string(block.last + 1));
  };
  if (read != storage.size() || crc32c(storage) != block.payload_crc) return damaged();
  Decoder in(storage);
  for (std::uint32_t i = 0; i < block.count; ++i) {
    RecordView record{};
    record.number = block.first + in.get<std::uint32_t>();
    record.arrival_ms = block.first_ms + static_cast<std::int32_t>(in.get<std::uint32_t>());
    const auto key_size = in.get<std::uint16_t>();
    record.mark = in.get<Mark>();
    const auto data_size = in.get<std::uint32_t>();
    record.data = in.take(data_size);
    record.key = in.take(key_size);
    if (!in.ok()) return damaged();
    if (!visit(record)) return {};
  }
  return {};
}

}  // namespace headrace::storage
