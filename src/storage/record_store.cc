#include <algorithm>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "storage/record.h"
#include "storage/record_state.h"

namespace headrace::storage {
namespace {

// Adds records from `chunk` at or after `from`; false when a limit was met.
bool read_chunk(const Chunk& chunk, std::uint64_t from, const ReadLimits& limits,
                std::size_t* bytes, Slice* slice) {
  if (chunk.batch->arrival_ms < limits.not_before_ms) {
    slice->next = chunk.end();
    return true;
  }
  const std::size_t start = static_cast<std::size_t>(std::max(from, chunk.first) - chunk.first);
  const std::size_t before = slice->records.size();
  bool room = true;
  for (std::size_t i = start; i < chunk.count; ++i) {
    const RecordView record = chunk.record(i);
    const std::size_t size = record.key.size() + record.data.size();
    room = slice->records.size() < limits.records_max &&
           (slice->records.empty() || *bytes + size <= limits.bytes_max);
    if (!room) break;
    *bytes += size;
    slice->records.push_back(record);
    slice->next = record.number + 1;
  }
  if (slice->records.size() > before) slice->owners.push_back(chunk.batch->placed.block);
  return room;
}

// Blocks of more payload than this hold all that the limits let through.
std::size_t bytes_left_to_scan(const ReadLimits& limits) {
  return limits.bytes_max + limits.records_max * 16 + 2 * kBlockBytes;
}

Slice empty_slice(const Lane& lane, std::uint64_t from) {
  Slice slice;
  slice.next = from;
  slice.tip_ms = lane.tip_ms;
  slice.at_tip = from >= lane.next;
  return slice;
}

Slice nothing(std::uint64_t from) {
  return {.records = {}, .owners = {}, .next = from, .at_tip = true, .tip_ms = 0};
}

// Nothing when what is wanted is in segments.
std::optional<Slice> read_memory(StreamRecords& stream, std::uint32_t lane, std::uint64_t from,
                                 const ReadLimits& limits) {
  MutexLock lock(stream.mutex);
  if (lane >= stream.lanes.size()) return nothing(from);
  const Lane& l = stream.lanes[lane];
  Slice slice = empty_slice(l, from);
  if (slice.at_tip) return slice;
  // What is below the tail is in segments; a gap inside the tail belongs to it.
  const bool colder = l.tail.empty() || (from < l.tail.front().first && from < l.flushed);
  if (colder) return std::nullopt;
  std::size_t bytes = 0;
  for (auto chunk = chunk_with(l.tail, from); chunk != l.tail.end(); ++chunk) {
    if (!read_chunk(*chunk, from, limits, &bytes, &slice)) return slice;
  }
  slice.next = std::max(slice.next, l.next);
  slice.at_tip = true;
  return slice;
}

}  // namespace

RecordStore::RecordStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
RecordStore::~RecordStore() = default;

std::uint64_t RecordStore::next(std::uint64_t stream, std::uint32_t lane) const {
  const auto found = state_->find(stream);
  if (!found) return 0;
  MutexLock lock(found->mutex);
  return lane < found->lanes.size() ? found->lanes[lane].next : 0;
}

std::optional<Slice> RecordStore::read_tail(std::uint64_t stream, std::uint32_t lane,
                                            std::uint64_t from, const ReadLimits& limits) const {
  const auto found = state_->find(stream);
  return found ? read_memory(*found, lane, from, limits) : nothing(from);
}

Result<Slice> RecordStore::read(std::uint64_t stream, std::uint32_t lane, std::uint64_t from,
                                const ReadLimits& limits) const {
  const auto found = state_->find(stream);  // once: it may be dropped meanwhile
  if (!found) return nothing(from);
  if (auto slice = read_memory(*found, lane, from, limits)) return std::move(*slice);
  std::uint64_t flushed = 0;  // records below are in the segments that are opened next
  {
    MutexLock lock(found->mutex);
    flushed = found->lane(lane).flushed;
  }
  Slice slice;
  slice.next = from;
  std::size_t bytes = 0;
  bool room = true;
  for (const std::uint64_t number : State::pieces_since(*found, limits.not_before_ms)) {
    ASSIGN_OR_RETURN(const auto segment, state_->open_piece(*found, number));
    if (!segment) continue;
    std::vector<BlockInfo> wanted;
    bool cut = false;  // there are more
    {
      MutexLock lock(found->mutex);  // the last segment's list grows
      std::size_t bytes_wanted = 0;
      for (const std::uint32_t i : segment->blocks_of(lane, slice.next, limits.not_before_ms)) {
        const BlockInfo& block = segment->blocks()[i];
        wanted.push_back(block);
        bytes_wanted += block.payload_size;
        if (bytes_wanted > bytes_left_to_scan(limits)) {
          cut = true;
          break;
        }
      }
    }
    for (const BlockInfo& block : wanted) {
      if (!room || block.last < slice.next) continue;
      auto memory = std::make_shared<std::string>();
      auto status = segment->read_block(block, *memory, [&](const RecordView& record) {
        if (record.number < slice.next) return true;
        const std::size_t size = record.key.size() + record.data.size();
        room = slice.records.size() < limits.records_max &&
               (slice.records.empty() || bytes + size <= limits.bytes_max);
        if (!room) return false;
        slice.next = record.number + 1;
        if (record.arrival_ms < limits.not_before_ms) return true;
        bytes += size;
        slice.records.push_back(record);
        return true;
      });
      // What was read before the damage is good; the next call meets the damage first.
      if (!status && !slice.records.empty()) room = false;
      if (!status && slice.records.empty()) return std::unexpected(status.error());
      slice.owners.push_back(std::move(memory));
    }
    // Where much had expired there may be room left, but the next records are in this segment.
    if (cut) room = false;
    if (!room) break;
  }
  MutexLock lock(found->mutex);
  const Lane& l = found->lane(lane);
  slice.tip_ms = l.tip_ms;
  // Records that were lost to damage or trimmed leave holes below the tail: step over them, but not
  // over what was flushed meanwhile.
  if (room && slice.records.empty()) slice.next = std::max(slice.next, flushed);
  slice.at_tip = slice.next >= l.next;
  return slice;
}

Result<std::uint64_t> RecordStore::find_time(std::uint64_t stream, std::uint32_t lane,
                                             std::int64_t ms) const {
  const auto found = state_->find(stream);
  if (!found) return std::uint64_t{0};
  // Memory first, since records go from there to segments meanwhile.
  std::uint64_t in_memory = 0;
  {
    MutexLock lock(found->mutex);
    const Lane& l = found->lane(lane);
    const auto chunk = std::ranges::lower_bound(l.tail, ms, {}, &Chunk::latest_ms);
    in_memory = chunk == l.tail.end() ? l.next : chunk->first;
  }
  for (const std::uint64_t piece : State::pieces_since(*found, ms)) {
    ASSIGN_OR_RETURN(const auto segment, state_->open_piece(*found, piece));
    if (!segment) continue;
    BlockInfo block;
    {
      MutexLock lock(found->mutex);  // the last segment's list grows
      const auto blocks = segment->blocks_of(lane, 0, ms);
      if (blocks.empty()) continue;
      block = segment->blocks()[blocks.front()];
    }
    // That is the lane's first block with such a record; of a damaged one nobody knows which.
    std::uint64_t number = block.first;
    std::string memory;
    std::ignore = segment->read_block(block, memory, [&](const RecordView& record) {
      number = record.number;
      return record.arrival_ms < ms;
    });
    return std::min(number, in_memory);
  }
  return in_memory;
}

std::optional<std::int64_t> RecordStore::trim(std::uint64_t stream, std::int64_t before_ms) {
  const auto found = state_->find(stream);
  if (!found) return std::nullopt;
  std::vector<std::string> doomed;
  std::optional<std::int64_t> oldest_ms;
  {
    MutexLock lock(found->mutex);
    auto& pieces = found->pieces;
    // The last one is written to, so it stays.
    while (pieces.size() > 1 && pieces.front().last_ms < before_ms) {
      doomed.push_back(state_->piece_path(*found, pieces.front().number));
      pieces.erase(pieces.begin());
    }
    if (pieces.size() > 1) oldest_ms = pieces.front().last_ms;
  }
  if (!doomed.empty()) {
    state_->doom(std::move(doomed));
    if (state_->on_doomed) state_->on_doomed();
  }
  return oldest_ms;
}

Result<std::vector<std::string>> RecordStore::verify(std::uint64_t* bytes) const {
  std::vector<std::string> damage;
  for (const std::uint64_t id : streams()) {
    const auto found = state_->find(id);
    if (!found) continue;
    for (const std::uint64_t number : State::pieces_since(*found, INT64_MIN)) {
      ASSIGN_OR_RETURN(const auto segment, state_->open_piece(*found, number));
      if (!segment) continue;
      damage.insert(damage.end(), segment->damage().begin(), segment->damage().end());
      std::vector<BlockInfo> blocks;
      {
        MutexLock lock(found->mutex);
        blocks = segment->blocks();
      }
      std::string memory;
      for (const BlockInfo& block : blocks) {
        const auto status =
            segment->read_block(block, memory, [](const RecordView&) { return true; });
        if (!status) damage.push_back(status.error().message);
        *bytes += block.payload_size;
      }
    }
  }
  return damage;
}

std::vector<std::uint64_t> RecordStore::streams() const {
  MutexLock lock(state_->mutex);
  std::vector<std::uint64_t> ids;
  for (const auto& [id, stream] : state_->streams) ids.push_back(id);
  return ids;
}

void RecordStore::drop(std::uint64_t stream) {
  std::shared_ptr<StreamRecords> found;
  {
    MutexLock lock(state_->mutex);
    state_->dropped.insert(stream);  // also one without records: who is late must not begin it
    const auto it = state_->streams.find(stream);
    if (it == state_->streams.end()) return;
    found = std::move(it->second);
    state_->streams.erase(it);
    std::deque<State::Resident> kept;
    for (State::Resident& r : state_->resident) {
      if (r.stream->id != stream) {
        kept.push_back(std::move(r));
      } else {
        state_->resident_bytes -= r.bytes;
      }
    }
    state_->resident = std::move(kept);
  }
  {
    MutexLock lock(found->mutex);
    found->dropped = true;
    found->listeners.clear();
    found->pieces.clear();
  }
  state_->doom({found->directory});
  if (state_->on_doomed) state_->on_doomed();
}

std::uint64_t RecordStore::add_listener(std::uint64_t stream, std::uint32_t lane,
                                        std::function<void()> listener) {
  const auto found = state_->find_or_make(stream);
  if (!found) return 0;
  MutexLock lock(found->mutex);
  const std::uint64_t id = ++found->last_listener;
  if (!found->dropped) found->listeners[id] = {lane, std::move(listener)};
  return id;
}

void RecordStore::remove_listener(std::uint64_t stream, std::uint64_t listener) {
  const auto found = state_->find(stream);
  if (!found) return;
  MutexLock lock(found->mutex);
  found->listeners.erase(listener);
}

}  // namespace headrace::storage
