#include "storage/record_state.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "base/check.h"
#include "storage/room.h"

namespace headrace::storage {
namespace {

std::string directory_name(std::uint64_t stream) {
  char name[32];
  std::snprintf(name, sizeof name, "%012" PRIu64, stream);
  return name;
}

constexpr std::size_t kRunBytes = 1UL << 20;
// A lane's records lie scattered in memory that has left the caches.
constexpr std::size_t kAhead = 8;

std::uint64_t cost_of(const RecordBatch& batch) {
  return batch.bytes().size() + batch.size() * sizeof(std::uint32_t) * 2 + 256;
}

}  // namespace

std::string RecordStore::State::piece_path(const StreamRecords& stream,
                                           std::uint64_t number) const {
  char name[32];
  std::snprintf(name, sizeof name, "%010" PRIu64 ".segment", number);
  return stream.directory + "/" + name;
}

std::shared_ptr<StreamRecords> RecordStore::State::find(std::uint64_t stream) const {
  MutexLock lock(mutex);
  const auto it = streams.find(stream);
  return it == streams.end() ? nullptr : it->second;
}

std::shared_ptr<StreamRecords> RecordStore::State::find_or_make(std::uint64_t stream) {
  MutexLock lock(mutex);
  if (dropped.contains(stream)) return nullptr;
  auto& slot = streams[stream];
  if (!slot) {
    slot = std::make_shared<StreamRecords>(stream, directory + "/" + directory_name(stream));
  }
  return slot;
}

Status RecordStore::State::load(std::uint64_t stream, std::vector<SegmentRow> segments,
                                std::map<std::uint32_t, LaneRow> lanes) {
  const auto records = find_or_make(stream);
  MutexLock lock(records->mutex);
  for (const SegmentRow& row : segments) {
    records->pieces.push_back(
        {.number = row.number, .length = row.length, .last_ms = row.last_ms, .segment = nullptr});
  }
  for (const auto& [number, row] : lanes) {
    Lane& lane = records->lane(number);
    lane.next = row.next;
    lane.flushed = row.next;
    lane.tip_ms = row.tip_ms;
  }
  if (records->pieces.empty()) return {};
  // Only the last segment is written on: what lies behind its known length is not in the manifest
  // and comes again from the log.
  StreamRecords::Piece& last = records->pieces.back();
  auto opened = Segment::open(disk, piece_path(*records, last.number), last.length);
  if (!opened) return std::unexpected(opened.error());
  // To tell its damage. It is opened again when it is wanted, since there may be more streams than
  // files that a process may have open.
  MutexLock state_lock(mutex);
  for (const std::string& line : (*opened)->damage()) damage.push_back(line);
  return {};
}

Status RecordStore::State::collect_orphans() {
  RETURN_IF_ERROR(disk.make_directory(directory));
  ASSIGN_OR_RETURN(const std::vector<std::string> names, disk.list(directory));
  std::set<std::string> known;
  {
    MutexLock lock(mutex);
    for (const auto& [id, stream] : streams) known.insert(directory_name(id));
  }
  for (const std::string& name : names) {
    if (!known.contains(name)) RETURN_IF_ERROR(disk.remove(directory + "/" + name));
  }
  return {};
}

void RecordStore::State::doom(std::vector<std::string> paths) {
  MutexLock lock(mutex);
  doomed.insert(doomed.end(), std::make_move_iterator(paths.begin()),
                std::make_move_iterator(paths.end()));
}

std::vector<std::string> RecordStore::State::take_doomed() {
  MutexLock lock(mutex);
  return std::exchange(doomed, {});
}

bool RecordStore::State::has_doomed() const {
  MutexLock lock(mutex);
  return !doomed.empty();
}

// One for each run of the batch.
std::vector<Chunk> RecordStore::State::chunks_of(const RecordBatch& batch) {
  const auto kept = std::make_shared<TailBatch>();
  kept->placed = tail_memory.append(batch.bytes());
  kept->arrival_ms = batch.arrival_ms;
  std::vector<Chunk> chunks(batch.runs.size());
  std::uint32_t begin = 0;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const RecordBatch::Run& r = batch.runs[i];
    chunks[i].batch = kept;
    chunks[i].first = r.first;
    chunks[i].begin = std::exchange(begin, begin + r.count);
    if (r.lane >= run_of_lane.size()) run_of_lane.resize(r.lane + 1);
    run_of_lane[r.lane] = static_cast<std::uint32_t>(i);
  }
  kept->offsets.resize(begin);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const std::uint32_t lane = batch.lane(i);
    if (lane == kNoLane) continue;
    CHECK(has_lane(batch, lane));
    const std::uint32_t r = run_of_lane[lane];
    CHECK(chunks[r].count < batch.runs[r].count);
    kept->offsets[chunks[r].begin + chunks[r].count++] = batch.offset(i);
  }
  for (Chunk& chunk : chunks) {
    if (chunk.count > 0) chunk.front = chunk.at(0);
  }
  return chunks;
}

bool RecordStore::State::has_lane(const RecordBatch& batch, std::uint32_t lane) const {
  const std::uint32_t r = lane < run_of_lane.size() ? run_of_lane[lane] : kNoLane;
  return r < batch.runs.size() && batch.runs[r].lane == lane;
}

void RecordStore::State::publish(const std::shared_ptr<const RecordBatch>& batch) {
  const auto stream = find_or_make(batch->stream);
  if (!stream) return;
  std::vector<Chunk> chunks = chunks_of(*batch);
  {
    MutexLock lock(stream->mutex);
    if (stream->dropped) return;
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      Chunk& chunk = chunks[i];
      Lane& l = stream->lane(batch->runs[i].lane);
      // At recovery the front of what the log brings may be in segments already.
      if (chunk.end() <= l.next) continue;
      if (chunk.first < l.next) {
        const auto known = static_cast<std::uint32_t>(l.next - chunk.first);
        chunk.begin += known;
        chunk.count -= known;
        chunk.first = l.next;
        chunk.front = chunk.at(0);
      }
      l.next = chunk.end();
      l.tip_ms = std::max(l.tip_ms, batch->arrival_ms);
      chunk.latest_ms = l.tip_ms;
      l.tail.push_back(std::move(chunk));
      stream->unflushed = true;
    }
    for (const auto& [id, listener] : stream->listeners) {
      if (listener.lane == kNoLane || has_lane(*batch, listener.lane)) listener.run();
    }
  }
  const std::uint64_t bytes = cost_of(*batch);
  unflushed += bytes;
  MutexLock lock(mutex);
  resident.push_back({stream, batch->runs, bytes});
  resident_bytes += bytes;
}

static bool is_dropped(const StreamRecords& stream) {
  MutexLock lock(stream.mutex);
  return stream.dropped;
}

Status RecordStore::State::flush() {
  std::vector<std::shared_ptr<StreamRecords>> all;
  {
    MutexLock lock(mutex);
    for (const auto& [id, stream] : streams) all.push_back(stream);
  }
  const std::uint64_t before = unflushed.load();
  std::erase_if(all, [](const std::shared_ptr<StreamRecords>& stream) {
    MutexLock lock(stream->mutex);
    return !std::exchange(stream->unflushed, false);
  });
  std::vector<std::uint8_t> done(all.size());
  std::vector<AlignedBuffer> blocks(disk.threads_at_once());
  const Status flushed = io::at_once(disk, all.size(), [&](std::size_t i, std::size_t thread) {
    Status written = flush_stream(*all[i], blocks[thread]);
    if (!written && is_dropped(*all[i])) written = {};
    done[i] = written.has_value();
    return written;
  });
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (done[i] != 0) continue;
    MutexLock lock(all[i]->mutex);
    all[i]->unflushed = true;
  }
  RETURN_IF_ERROR(flushed);
  unflushed -= before;
  evict();
  return {};
}

Status RecordStore::State::flush_stream(StreamRecords& stream, AlignedBuffer& blocks) {
  struct Range {
    std::uint32_t lane;
    std::uint64_t from;
    std::size_t begin, end;  // among the chunks
  };
  std::vector<const Chunk*> chunks;
  std::vector<Range> lanes;
  {
    MutexLock lock(stream.mutex);
    if (stream.dropped) return {};
    for (std::uint32_t number = 0; number < stream.lanes.size(); ++number) {
      const Lane& lane = stream.lanes[number];
      const std::size_t begin = chunks.size();
      for (auto c = chunk_with(lane.tail, lane.flushed); c != lane.tail.end(); ++c) {
        chunks.push_back(&*c);
      }
      if (chunks.size() > begin) lanes.push_back({number, lane.flushed, begin, chunks.size()});
    }
  }
  blocks.clear();  // of what a failure left
  Staged staged{.blocks = blocks, .segment = nullptr, .ends = {}};
  for (const Range& range : lanes) {
    const auto of_lane = std::span(chunks).subspan(range.begin, range.end - range.begin);
    RETURN_IF_ERROR(flush_lane(stream, {range.lane, range.from, of_lane}, staged));
  }
  return write_run(stream, staged);
}

Status RecordStore::State::flush_lane(StreamRecords& stream, const Unflushed& lane,
                                      Staged& staged) {
  BlockBuilder builder(lane.lane, staged.blocks);
  const auto& chunks = lane.chunks;
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    const Chunk& chunk = *chunks[c];
    if (c + kAhead < chunks.size()) {
      __builtin_prefetch(chunks[c + kAhead]->batch.get());
      prefetch_record(chunks[c + kAhead]->front);
    }
    if (c + kAhead / 2 < chunks.size()) __builtin_prefetch(chunks[c + kAhead / 2]->offset());
    for (std::size_t i = 0; i < chunk.count; ++i) {
      const std::uint64_t number = chunk.first + i;
      if (i + kAhead < chunk.count) prefetch_record(chunk.at(i + kAhead));
      if (number < lane.from) continue;
      const RecordView record = chunk.record(i);
      if (!builder.takes(record)) RETURN_IF_ERROR(stage(stream, builder, number, staged));
      builder.add(record);
      if (builder.full()) RETURN_IF_ERROR(stage(stream, builder, number + 1, staged));
    }
  }
  return builder.empty() ? Status{} : stage(stream, builder, chunks.back()->end(), staged);
}

Status RecordStore::State::stage(StreamRecords& stream, BlockBuilder& builder, std::uint64_t up_to,
                                 Staged& staged) {
  if (!staged.segment) {
    ASSIGN_OR_RETURN(staged.segment, writable_segment(stream));
    if (!staged.segment) return fail(ErrorCode::kNotFound, "the stream was dropped");
  }
  staged.segment->stage(builder);
  staged.ends.emplace_back(builder.lane(), up_to);
  return staged.blocks.size() >= kRunBytes ? write_run(stream, staged) : Status{};
}

// Writes what is staged, then lets readers find it there.
Status RecordStore::State::write_run(StreamRecords& stream, Staged& staged) {
  if (staged.ends.empty()) return {};
  const auto segment = std::exchange(staged.segment, nullptr);
  const auto ends = std::exchange(staged.ends, {});
  if (auto room = check_room(disk, directory, staged.blocks.size(), reserve_bytes); !room) {
    segment->forget_staged();
    return room;
  }
  RETURN_IF_ERROR(segment->write(staged.blocks));
  staged.blocks.clear();
  MutexLock lock(stream.mutex);
  if (stream.dropped) return {};
  segment->publish();
  StreamRecords::Piece& piece = stream.pieces.back();
  piece.length = segment->length();
  piece.last_ms = segment->last_ms();
  for (const auto& [lane, end] : ends) stream.lane(lane).flushed = end;
  piece.unsynced = true;
  return {};
}

// Commits to the stream go on while its file is made: nobody else adds one.
Result<std::shared_ptr<Segment>> RecordStore::State::writable_segment(StreamRecords& stream) {
  std::uint64_t number = 1;
  std::optional<std::uint64_t> begun;
  {
    MutexLock lock(stream.mutex);
    if (stream.dropped) return nullptr;
    if (!stream.pieces.empty()) {
      const StreamRecords::Piece& last = stream.pieces.back();
      if (last.length < segment_bytes_max) begun = last.number;
      number = last.number + 1;
    }
  }
  if (begun) return open_piece(stream, *begun);
  RETURN_IF_ERROR(disk.make_directory(stream.directory));
  ASSIGN_OR_RETURN(std::shared_ptr<Segment> segment,
                   Segment::create(disk, piece_path(stream, number), stream.id));
  MutexLock lock(stream.mutex);
  if (stream.dropped) return nullptr;  // the next start removes the file
  stream.pieces.push_back({.number = number,
                           .length = segment->length(),
                           .last_ms = 0,
                           .segment = segment,
                           .unsynced = true,
                           .made = true});
  return segment;
}

std::vector<std::uint64_t> RecordStore::State::pieces_since(const StreamRecords& stream,
                                                            std::int64_t ms) {
  std::vector<std::uint64_t> numbers;
  MutexLock lock(stream.mutex);
  for (const StreamRecords::Piece& piece : stream.pieces) {
    if (piece.last_ms >= ms) numbers.push_back(piece.number);
  }
  return numbers;
}

// Without the lock, which commits to the stream wait for: there may be 2,000 headers to read.
Result<std::shared_ptr<Segment>> RecordStore::State::open_piece(StreamRecords& stream,
                                                                std::uint64_t number) const {
  const auto find = [&]() REQUIRES(stream.mutex) -> StreamRecords::Piece* {
    const auto it =
        std::ranges::lower_bound(stream.pieces, number, {}, &StreamRecords::Piece::number);
    return it == stream.pieces.end() || it->number != number ? nullptr : &*it;
  };
  std::uint64_t length = 0;
  {
    MutexLock lock(stream.mutex);
    const StreamRecords::Piece* const piece = find();
    if (piece == nullptr || piece->segment) return piece == nullptr ? nullptr : piece->segment;
    length = piece->length;
  }
  auto opened = Segment::open(disk, piece_path(stream, number), length);
  MutexLock lock(stream.mutex);
  StreamRecords::Piece* const piece = find();
  if (piece == nullptr) return nullptr;
  // Somebody else may have been faster, and may have written since.
  if (piece->segment) return piece->segment;
  if (!opened) return std::unexpected(std::move(opened).error());
  piece->segment = std::move(*opened);
  return piece->segment;
}

Status RecordStore::State::sync_segments() {
  std::vector<std::shared_ptr<StreamRecords>> all;
  {
    MutexLock lock(mutex);
    for (const auto& [id, stream] : streams) all.push_back(stream);
  }
  std::vector<std::shared_ptr<Segment>> segments;
  std::vector<std::shared_ptr<Segment>> full;
  std::vector<std::string> directories;
  for (const auto& stream : all) {
    MutexLock lock(stream->mutex);
    bool made = false;
    for (StreamRecords::Piece& piece : stream->pieces) {
      if (std::exchange(piece.unsynced, false)) segments.push_back(piece.segment);
      const bool is_full = &piece != &stream->pieces.back() || piece.length >= segment_bytes_max;
      if (is_full && piece.segment) full.push_back(piece.segment);
      made = std::exchange(piece.made, false) || made;
    }
    if (made) directories.push_back(stream->directory);
  }
  if (!directories.empty()) directories.push_back(directory);
  const std::size_t count = sync ? segments.size() + directories.size() : 0;
  RETURN_IF_ERROR(io::at_once(disk, count, [&](std::size_t i, std::size_t) {
    return i < segments.size() ? segments[i]->sync()
                               : disk.sync_directory(directories[i - segments.size()]);
  }));
  for (const auto& segment : full) segment->seal();
  return {};
}

// Oldest first, down to half the bound, and only what is in segments.
void RecordStore::State::evict() {
  for (;;) {
    Resident oldest;
    {
      MutexLock lock(mutex);
      if (resident.empty() || resident_bytes <= tail_bytes_max / 2) return;
      oldest = std::move(resident.front());
      resident.pop_front();
      resident_bytes -= oldest.bytes;
    }
    MutexLock lock(oldest.stream->mutex);
    for (const RecordBatch::Run& run : oldest.runs) {
      Lane& lane = oldest.stream->lane(run.lane);
      while (!lane.tail.empty() && lane.tail.front().end() <= lane.flushed &&
             lane.tail.front().first <= run.first) {
        lane.tail.pop_front();
      }
    }
  }
}

std::vector<RecordStore::State::Manifest> RecordStore::State::manifest() const {
  std::vector<std::shared_ptr<StreamRecords>> all;
  {
    MutexLock lock(mutex);
    for (const auto& [id, stream] : streams) all.push_back(stream);
  }
  std::vector<Manifest> out;
  for (const auto& stream : all) {
    MutexLock lock(stream->mutex);
    if (stream->dropped) continue;
    Manifest& m = out.emplace_back();
    m.stream = stream->id;
    for (const StreamRecords::Piece& piece : stream->pieces) {
      m.segments.push_back({piece.number, piece.length, piece.last_ms});
    }
    for (std::uint32_t number = 0; number < stream->lanes.size(); ++number) {
      const Lane& lane = stream->lanes[number];
      if (lane.next != 0) m.lanes[number] = {lane.flushed, lane.tip_ms};
    }
  }
  return out;
}

}  // namespace headrace::storage
