#include "storage/store.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "storage/commit.h"
#include "storage/encoding.h"
#include "storage/log_entry.h"
#include "storage/store_state.h"

namespace headrace::storage {
namespace {

constexpr std::size_t kGroupBytesMax = 16UL << 20;
constexpr std::size_t kQueueBytesMax = 128UL << 20;
constexpr std::size_t kQueueUsual = 64;  // entries
// What is as large as this gains nothing from company.
constexpr std::size_t kLaterBytesMax = 64UL << 10;
constexpr std::size_t kBufferKeptMax = kGroupBytesMax;
// How long, and for how many bytes, the last word on the disk's free space is believed while there
// is plenty of it.
constexpr std::chrono::milliseconds kSpaceKnownFor{100};
constexpr std::uint64_t kSpaceKnownBytes = 16UL << 20;
constexpr std::uint64_t kSpaceTakenMin = 64UL << 10;  // by a commit, so that they are counted too
constexpr std::uint64_t kPlentyOfReserves = 8;
constexpr std::chrono::milliseconds kRoomAwaited{100};

}  // namespace

Store::State::State(io::Disk& d, Clock& c, Options o) : disk(d), clock(c), options(std::move(o)) {}

Store::State::~State() = default;

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Store>> Store::open(io::Disk& disk, Clock& clock, Options options) {
  auto state = std::make_unique<State>(disk, clock, std::move(options));
  RETURN_IF_ERROR(state->recover());
  State* const s = state.get();
  for (int i = 0; i < s->options.commit_threads; ++i) {
    s->committers.emplace_back([s] { s->commit_loop(); });
  }
  if (s->options.commit_threads > 0) s->maintainer = std::thread([s] { s->maintain_loop(); });
  return std::unique_ptr<Store>(new Store(std::move(state)));
}

Store::~Store() {
  State& s = *state_;
  {
    MutexLock lock(s.queue_mutex);
    s.stopping = true;
  }
  s.queue_ready.notify_all();
  for (std::thread& thread : s.committers) thread.join();
  if (s.maintainer.joinable()) {
    {
      MutexLock lock(s.maintenance_mutex);
      s.maintenance_stopping = true;
    }
    s.maintenance_wanted.notify_all();
    s.maintenance_paused.notify_all();
    s.maintainer.join();
    // A quick next start; what cannot be written now is in the log.
    static_cast<void>(s.checkpoint());
  }
}

RecordStore& Store::records() { return *state_->records; }
BlobStore& Store::blobs() { return *state_->blobs; }
Metadata& Store::metadata() { return *state_->metadata; }
const std::vector<std::string>& Store::damage() const { return state_->damage; }
Status Store::checkpoint() { return state_->checkpoint(); }
Status Store::collect_garbage() { return state_->collect_garbage(); }
bool Store::pump() { return state_->commit_group(state_->pump_buffer); }

void Store::submit(Entry entry, CommitCallback done, Wake wake) {
  state_->submit(std::move(entry), std::move(done), wake);
}

void Store::wake() { state_->wake(); }

Result<Committed> Store::submit_and_wait(Entry entry) {
  return state_->commit_and_wait(std::move(entry));
}

void Store::State::submit(Entry entry, CommitCallback done, Wake wake) {
  // Recovery publishes records without asking the guards again.
  CHECK(!entry.records || entry.mutations.empty());
  Pending pending;
  pending.head = encode_entry_head(entry);
  pending.entry = std::move(entry);
  pending.done = std::move(done);
  const std::size_t bytes = pending.bytes();
  {
    MutexLock lock(queue_mutex);
    if (queue_bytes + bytes <= kQueueBytesMax && !stopping) {
      queue_bytes += bytes;
      queue.push_back(std::move(pending));
      if (wake == Wake::kLater && queue_bytes < kLaterBytesMax) return;
      queue_due = true;
      queue_ready.notify_one();
      return;
    }
  }
  pending.done(fail(ErrorCode::kUnavailable, "the log is busy; try again"));
}

void Store::State::wake() {
  MutexLock lock(queue_mutex);
  if (queue.empty()) return;
  queue_due = true;
  queue_ready.notify_one();
}

Result<Committed> Store::State::commit_and_wait(Entry entry) {
  Mutex mutex;
  Condition changed;
  std::optional<Result<Committed>> outcome;
  const auto note = [&](Result<Committed> result) {
    MutexLock lock(mutex);
    outcome = std::move(result);
    changed.notify_one();
  };
  submit(std::move(entry), note, Wake::kNow);
  while (options.commit_threads == 0 && commit_group(pump_buffer)) {
  }
  MutexLock lock(mutex);
  while (!outcome) changed.wait(mutex);
  return std::move(*outcome);
}

void Store::State::commit_loop() {
  AlignedBuffer buffer;
  for (;;) {
    {
      MutexLock lock(queue_mutex);
      while (!queue_due && !stopping) queue_ready.wait(queue_mutex);
      if (queue.empty() && stopping) return;
    }
    commit_group(buffer);
    if (needs_maintenance()) wake_maintenance();
  }
}

// Asking the file system costs as much as a small commit does.
std::uint64_t Store::State::free_space(std::size_t wanted) {
  const MonotonicTime now = clock.monotonic_now();
  const std::uint64_t taken = std::max<std::uint64_t>(wanted, kSpaceTakenMin);
  if (space.known && now < space.until && taken <= space.bytes_left) {
    space.bytes_left -= taken;
    return space.free;
  }
  // Who cannot tell lets everything through: the writes will say.
  space.free = disk.free_bytes(options.directory).value_or(UINT64_MAX);
  // Who pumps has others' steps in between and wants to see each.
  space.known =
      options.commit_threads > 0 && space.free / kPlentyOfReserves >= options.reserve_bytes;
  space.until = now + kSpaceKnownFor;
  space.bytes_left = kSpaceKnownBytes;
  return space.free;
}

// Metadata alone may use half of what is kept free, so that deleting always works.
void Store::State::refuse_for_space(Group& group) {
  const std::uint64_t free = free_space(group.payload_bytes);
  if (free >= options.reserve_bytes) return;
  for (Pending& p : group.entries) {
    const bool brings_bytes = p.entry.records || !p.entry.blobs.empty() || !p.entry.files.empty();
    if (brings_bytes || free < options.reserve_bytes / 2) {
      p.outcome = fail(ErrorCode::kDiskFull, "the disk is full");
    }
  }
}

Result<Frame> Store::State::reserve_frame(std::size_t payload_bytes) {
  const auto reserve = [&] {
    auto reserved = log->reserve(payload_bytes);
    if (!reserved && reserved.error().code == ErrorCode::kIo) die(reserved.error());
    return reserved;
  };
  auto frame = reserve();
  while (!frame && frame.error().code == ErrorCode::kLimitExceeded) {
    // The log is at its bound. Frames on their way need not finish first: their turn comes before
    // the checkpoint, which waits for nobody.
    const LogPosition before = log->used_bytes();
    {
      MutexLock lock(checkpoint_mutex);  // one that is under way may be enough
      frame = reserve();
      if (frame || frame.error().code != ErrorCode::kLimitExceeded) return frame;
    }
    // Maintenance unlinks: the other commit threads wait meanwhile.
    std::vector<std::string> doomed;
    const Status status = make_checkpoint(doomed);
    records->state().doom(std::move(doomed));
    if (!status) return std::unexpected(status.error());
    frame = reserve();
    if (!frame && frame.error().code == ErrorCode::kLimitExceeded && log->used_bytes() >= before) {
      return fail(ErrorCode::kUnavailable, "the log is full");
    }
  }
  return frame;
}

void Store::State::take_queued(Group& group) {
  std::vector<Pending> next;
  next.reserve(kQueueUsual);
  MutexLock lock(queue_mutex);
  if (queue_bytes <= kGroupBytesMax) {
    group.payload_bytes = std::exchange(queue_bytes, 0);
    group.entries = std::exchange(queue, std::move(next));
  } else {
    std::size_t count = 0;
    while (count < queue.size()) {
      const std::size_t bytes = queue[count].bytes();
      if (count > 0 && group.payload_bytes + bytes > kGroupBytesMax) break;
      group.payload_bytes += bytes;
      ++count;
    }
    queue_bytes -= group.payload_bytes;
    const auto end = queue.begin() + static_cast<std::ptrdiff_t>(count);
    group.entries.assign(std::move_iterator(queue.begin()), std::move_iterator(end));
    queue.erase(queue.begin(), end);
  }
  queue_due = !queue.empty();
}

// Taking entries and finding their frame is one step, so that frames have the queue's order; who
// submits meets only the taking.
std::optional<Store::State::Group> Store::State::gather() {
  MutexLock lock(frame_mutex);
  Group group;
  take_queued(group);
  if (group.entries.empty()) return std::nullopt;
  refuse_for_space(group);
  group.payload_bytes = 0;
  for (const Pending& p : group.entries) {
    if (p.outcome) group.payload_bytes += p.bytes();
  }
  if (group.payload_bytes == 0) return group;
  auto frame = reserve_frame(group.payload_bytes);
  if (frame) {
    group.frame = std::move(*frame);
    group.ticket = next_ticket++;
    return group;
  }
  for (Pending& p : group.entries) p.outcome = std::unexpected(frame.error());
  return group;
}

Status Store::State::write_group(const Group& group, AlignedBuffer& buffer) {
  buffer.clear();
  char* const start = buffer.extend(group.frame->size);
  char* out = start + kFrameHeaderBytes;
  for (const Pending& p : group.entries) {
    if (!p.outcome) continue;
    store<std::uint32_t>(out, static_cast<std::uint32_t>(p.bytes() - sizeof(std::uint32_t)));
    out += sizeof(std::uint32_t);
    std::memcpy(out, p.head.data(), p.head.size());
    out += p.head.size();
    if (!p.entry.records) continue;
    const std::string_view arena = p.entry.records->bytes();
    std::memcpy(out, arena.data(), arena.size());
    out += arena.size();
  }
  CHECK(out == start + kFrameHeaderBytes + group.payload_bytes);
  std::memset(out, 0, group.frame->size - static_cast<std::size_t>(out - start));
  LogPosition known_durable = 0;
  {
    MutexLock lock(turn_mutex);
    known_durable = durable;
  }
  RETURN_IF_ERROR(log->write(*group.frame, start, group.payload_bytes, known_durable));
  RETURN_IF_ERROR(log->sync(*group.frame));
  if (group.frame->size > kBufferKeptMax) buffer.release();
  return {};
}

void Store::State::await_turn(std::uint64_t ticket) {
  MutexLock lock(turn_mutex);
  while (turn != ticket) turn_changed.wait(turn_mutex);
}

void Store::State::finish_turn(const Group& group) {
  {
    MutexLock lock(turn_mutex);
    ++turn;
    if (!dead) durable = group.frame->position + group.frame->size;
  }
  turn_changed.notify_all();
}

void Store::State::refuse_all(const Error& error) {
  MutexLock lock(turn_mutex);
  if (!dead) dead = error;
}

void Store::State::die(const Error& error) {
  refuse_all(error);
  if (options.on_fatal) {
    options.on_fatal(error);
    return;
  }
  std::fprintf(stderr,
               "headrace: %s: %s; stopping, so that nothing is acknowledged that is not kept\n",
               std::string(name(error.code)).c_str(), error.message.c_str());
  std::_Exit(1);
}

// The entry is in the log: it must be applied before any later one, however long others keep the
// disk full. Meanwhile there is nothing to acknowledge, and what is new is refused or waits.
Status Store::State::apply_when_there_is_room(Group& group) {
  const LogPosition end = group.frame->position + group.frame->size;
  bool told = false;
  for (;;) {
    const Status applied = apply(group.entries, end, false);
    if (applied || applied.error().code != ErrorCode::kDiskFull) return applied;
    if (options.commit_threads == 0) return applied;
    if (!told) {
      std::fprintf(stderr, "headrace: %s; what was written waits for space\n",
                   applied.error().message.c_str());
    }
    told = true;
    MutexLock lock(queue_mutex);
    if (stopping) return applied;
    room_awaited.wait_for(queue_mutex, kRoomAwaited);
  }
}

// One group from the queue to its acknowledgement. False when the queue was empty.
bool Store::State::commit_group(AlignedBuffer& buffer) {
  Completions completions;  // told when the group is gone: see CommitTicket::records_
  std::optional<Group> group = gather();
  if (!group) return false;
  if (!group->frame) {  // refused: that is told at once, whatever waits for its turn
    for (Pending& p : group->entries) p.done(std::move(p.outcome));
    return true;
  }
  const Status written = write_group(*group, buffer);
  if (!written) die(written.error());
  await_turn(group->ticket);
  std::optional<Error> failure;
  {
    MutexLock lock(turn_mutex);
    failure = dead;
  }
  if (!failure) {
    const Status applied = apply_when_there_is_room(*group);
    if (!applied) {
      const bool left_to_the_next_start =
          options.commit_threads > 0 && applied.error().code == ErrorCode::kDiskFull;
      left_to_the_next_start ? refuse_all(applied.error()) : die(applied.error());
      failure = applied.error();
    }
  }
  finish_turn(*group);
  for (Pending& p : group->entries) {
    if (failure) p.outcome = std::unexpected(*failure);
    p.done(std::move(p.outcome));
  }
  return true;
}

}  // namespace headrace::storage
