#include "streams/stream.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "base/check.h"

namespace headrace::streams {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::size_t kHashedAtOnce = 64;  // keys

// From what a stream never shares with another: the same at every start, and never given twice.
std::string make_public_id(const StreamKey& key, std::uint64_t id, std::int64_t created_ms) {
  constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz0123456789";
  const std::string seed = key.arn() + "/" + std::to_string(id) + "/" + std::to_string(created_ms);
  std::string text;
  for (const Md5Digest& digest : {md5(seed), md5(seed + "/")}) {
    for (const unsigned char byte : digest) text += kDigits[byte % kDigits.size()];
  }
  text.resize(24);
  text[20] = '-';
  return text;
}

// Sorts the records of a put into runs, one for each shard that gets any.
class RunsByShard {
 public:
  RunsByShard(std::shared_ptr<const ShardMap> shards, std::size_t records)
      : run_of_shard_(shards->all().size(), kNoRun) {
    put_.shards = std::move(shards);
    put_.run_of.reserve(records);
  }

  const ShardMap& shards() const { return *put_.shards; }
  std::size_t size() const { return put_.run_of.size(); }
  // The next record goes to `shard`.
  void add(const Shard& shard) {
    std::uint32_t& run = run_of_shard_[shard.id.index];
    if (run == kNoRun) {
      run = static_cast<std::uint32_t>(put_.runs.size());
      put_.runs.push_back({.shard = &shard, .first = {}});
    }
    put_.run_of.push_back(run);
  }
  Put take() && { return std::move(put_); }

 private:
  static constexpr std::uint32_t kNoRun = UINT32_MAX;
  Put put_;
  std::vector<std::uint32_t> run_of_shard_;
};

}  // namespace

std::string_view status_name(StreamStatus status) {
  switch (status) {
    case StreamStatus::kCreating: return "CREATING";
    case StreamStatus::kActive: return "ACTIVE";
    case StreamStatus::kUpdating: return "UPDATING";
    case StreamStatus::kDeleting:
    case StreamStatus::kGone: return "DELETING";
  }
  return "DELETING";
}

Stream::Stream(Row row, const Environment& environment)
    : id_(row.id),
      key_(std::move(row.key)),
      created_ms_(row.created_ms),
      public_id_(make_public_id(key_, id_, created_ms_)),
      environment_(environment),
      data_keys_(
          id_,
          {.key_id = {}, .account = key_.account, .region = key_.region, .stream_arn = key_.arn()},
          std::move(row.data_keys), environment.key_ring, environment.random),
      shards_(std::make_shared<const ShardMap>(std::move(row.shards))),
      lanes_(shards_->all().size()),
      settings_(std::move(row.settings)),
      deleted_ms_(row.deleted_ms),
      changes_(std::move(row.changes)) {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    const auto lane = static_cast<std::uint32_t>(i);
    lanes_[i].next = environment_.store.records().next(id_, lane);
    const auto tip = environment_.store.records().read_tail(id_, lane, lanes_[i].next, {});
    if (tip) newest_arrival_ms_ = std::max(newest_arrival_ms_, tip->tip_ms);
  }
}

std::shared_ptr<const ShardMap> Stream::shards() const {
  MutexLock lock(mutex_);
  return shards_;
}

StreamStatus Stream::status() const {
  const std::int64_t now = environment_.clock.wall_now().ms;
  MutexLock lock(mutex_);
  if (deleted_ms_ != 0) {
    return now < deleted_ms_ + environment_.transition_ms ? StreamStatus::kDeleting
                                                          : StreamStatus::kGone;
  }
  if (now < created_ms_ + environment_.transition_ms) return StreamStatus::kCreating;
  return changing_ || now < updating_until_ms_ ? StreamStatus::kUpdating : StreamStatus::kActive;
}

StreamSettings Stream::settings() const {
  MutexLock lock(mutex_);
  return settings_;
}

std::int64_t Stream::not_before_ms() const {
  const std::int64_t now = environment_.clock.wall_now().ms;
  MutexLock lock(mutex_);
  return std::max(settings_.horizon_ms, now - settings_.retention_hours * kHourMs);
}

std::string Stream::described() const {
  return "stream " + key_.name.text() + " under account " + key_.account;
}

std::unexpected<Error> Stream::no_such_shard(std::string_view shard) const {
  return fail(ErrorCode::kNotFound,
              "Could not find shard " + std::string(shard) + " in " + described() + ".");
}

Status Stream::check_active() const {
  const StreamStatus now = status();
  if (now == StreamStatus::kActive) return {};
  return fail(ErrorCode::kInUse, "Stream " + key_.name.text() + " under account " + key_.account +
                                     " not ACTIVE, instead in state " +
                                     std::string(status_name(now)));
}

std::size_t Stream::changes_today(CountedChange kind) const {
  const std::int64_t since = environment_.clock.wall_now().ms - 24 * kHourMs;
  MutexLock lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(
      changes_, [&](const auto& change) { return change.first == kind && change.second > since; }));
}

std::uint64_t Stream::add_listener(std::function<void()> listener) {
  MutexLock lock(listeners_mutex_);
  listeners_.emplace(next_listener_, std::move(listener));
  return next_listener_++;
}

void Stream::remove_listener(std::uint64_t listener) {
  MutexLock lock(listeners_mutex_);
  listeners_.erase(listener);
}

void Stream::notify() const {
  MutexLock lock(listeners_mutex_);
  for (const auto& [id, listener] : listeners_) listener();
}

Status Stream::begin_change() {
  RETURN_IF_ERROR(check_active());
  {
    MutexLock lock(mutex_);
    if (!changing_) {
      changing_ = true;
      return {};
    }
  }
  return check_active();  // which it is not
}

void Stream::end_change(bool changed) {
  const std::int64_t now = environment_.clock.wall_now().ms;
  MutexLock lock(mutex_);
  changing_ = false;
  if (changed) updating_until_ms_ = now + environment_.transition_ms;
}

void Stream::set_deleted(std::int64_t ms) {
  {
    MutexLock lock(mutex_);
    deleted_ms_ = ms;
  }
  notify();
}

void Stream::set_settings(StreamSettings settings) {
  MutexLock lock(mutex_);
  settings_ = std::move(settings);
}

void Stream::set_shards(std::shared_ptr<const ShardMap> shards) {
  {
    MutexLock lock(mutex_);
    lanes_.resize(shards->all().size());
    shards_ = std::move(shards);
  }
  notify();
}

void Stream::count_change(CountedChange kind, std::int64_t ms) {
  MutexLock lock(mutex_);
  changes_.emplace_back(kind, ms);
}

std::int64_t size_of(const storage::Slice& slice) {
  std::size_t bytes = 0;
  for (const storage::RecordView& record : slice.records) {
    bytes += record.key.size() + record.data.size();
  }
  return static_cast<std::int64_t>(bytes);
}

std::string throttled_message(const Stream& stream, ShardId shard) {
  return "Rate exceeded for shard " + shard.text() + " in " + stream.described() + ".";
}

std::unexpected<Error> Stream::throttled(ShardId shard) const {
  return fail(ErrorCode::kThroughputExceeded, throttled_message(*this, shard));
}

std::vector<ShardLoad> Stream::take_load() {
  const std::int64_t now = environment_.clock.wall_now().ms;
  std::vector<ShardLoad> loads;
  MutexLock lock(mutex_);
  load_window_open_ = false;
  for (const std::uint32_t i : shards_->open()) {
    Lane& lane = lanes_[i];
    loads.push_back({shards_->all()[i].id, std::exchange(lane.window_bytes, 0),
                     std::exchange(lane.window_records, 0)});
  }
  std::erase_if(needs_, [now](const auto& need) { return need.first <= now - kHourMs; });
  needs_.emplace_back(now, shards_needed(loads));
  return loads;
}

std::size_t Stream::needed_shards() const {
  const std::int64_t since = environment_.clock.wall_now().ms - kHourMs;
  std::size_t needed = 0;
  MutexLock lock(mutex_);
  for (const auto& [ended_ms, shards] : needs_) {
    if (ended_ms > since) needed = std::max(needed, shards);
  }
  return needed;
}

// Records by the shards that own their keys.
Put Stream::sort(const Draft& draft, std::shared_ptr<const ShardMap> shards) const {
  const storage::RecordBatch& records = *draft.records;
  RunsByShard runs(std::move(shards), records.size());
  auto explicit_key = draft.explicit_hash_keys.begin();
  std::array<std::string_view, kHashedAtOnce> keys;
  std::array<Md5Digest, kHashedAtOnce> digests;
  while (runs.size() < records.size()) {
    const std::size_t begin = runs.size();
    const std::size_t count = std::min(keys.size(), records.size() - begin);
    for (std::size_t i = 0; i < count; ++i) keys[i] = records.key(begin + i);
    md5_many(std::span(keys).first(count), digests.data());
    for (std::size_t i = 0; i < count; ++i) {
      HashKey key;
      if (explicit_key != draft.explicit_hash_keys.end() && explicit_key->first == begin + i) {
        key = explicit_key++->second;
      } else {
        key = HashKey::of(digests[i]);
      }
      runs.add(runs.shards().owner(key));
    }
  }
  return std::move(runs).take();
}

// Records in turn to all open shards, whatever their keys.
Put Stream::spread(const Draft& draft, std::shared_ptr<const ShardMap> shards) {
  const auto count = static_cast<std::uint32_t>(draft.records->size());
  std::uint32_t next = spread_from_.fetch_add(count, std::memory_order_relaxed);
  RunsByShard runs(std::move(shards), count);
  const std::vector<std::uint32_t>& open = runs.shards().open();
  for (std::uint32_t i = 0; i < count; ++i) {
    runs.add(runs.shards().all()[open[next++ % open.size()]]);
  }
  return std::move(runs).take();
}

// Admitting, numbering and submitting are one step, so that the log has each shard's numbers in
// order and nothing enters a shard once it is closed.
Result<Stream::Submitted> Stream::submit(Draft& draft, Put* put) {
  storage::RecordBatch& records = *draft.records;
  const bool limited = environment_.limits == Limits::kAws;
  const std::size_t overhead = put->sealed ? AesGcm::kOverhead : 0;
  MutexLock lock(mutex_);
  if (deleted_ms_ != 0)
    return fail(ErrorCode::kNotFound, "S" + described().substr(1) + " not found.");
  // What was not sealed must not get past the answer to who started that.
  const bool in_the_clear = !put->sealed && !settings_.key_id.empty();
  if (shards_ != put->shards || in_the_clear) return Submitted{.outdated = true, .ticket = {}};
  const bool measured = settings_.mode == StreamMode::kOnDemand;
  const MonotonicTime now = environment_.clock.monotonic_now();
  const auto burst = static_cast<std::int64_t>(settings_.record_bytes_max());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::uint32_t run = put->run_of[i];
    const std::uint32_t lane = put->runs[run].shard->id.index;
    const std::size_t size = records.key(i).size() + records.data(i).size() - overhead;
    if (limited && !lanes_[lane].writes.admit(static_cast<std::int64_t>(size), burst, now)) {
      put->run_of[i] |= Put::kThrottledBit;
      ++put->throttled;
      ++put->runs[run].throttled;
      continue;
    }
    records.set_lane(i, lane);
    ++put->runs[run].records;
    put->runs[run].bytes += static_cast<std::int64_t>(size);
    if (measured) lanes_[lane].window_bytes += static_cast<std::int64_t>(size);
  }
  if (put->throttled == records.size()) return Submitted{};
  records.stream = id_;
  records.arrival_ms = environment_.clock.wall_now().ms;
  newest_arrival_ms_ = std::max(newest_arrival_ms_, records.arrival_ms);
  records.runs.reserve(put->runs.size());
  for (Put::Run& run : put->runs) {
    const Shard& shard = *run.shard;
    Lane& lane = lanes_[shard.id.index];
    run.first = SequenceNumber::of_record(shard.created_ms, id_, shard.id, lane.next);
    ++lane.puts_under_way;
    if (run.records == 0) continue;
    records.runs.push_back({shard.id.index, lane.next, run.records});
    lane.next += run.records;
    if (measured) lane.window_records += run.records;
  }
  storage::Entry entry;
  entry.records = std::move(draft.records);
  Submitted submitted;
  submitted.window_began = measured && !load_window_open_;
  load_window_open_ |= submitted.window_began;
  submitted.ticket.emplace(environment_.store, std::move(entry));
  return submitted;
}

// What submit() counted is over, committed or failed.
void Stream::finish(const Put& put) {
  bool ended = false;
  {
    MutexLock lock(mutex_);
    for (const Put::Run& run : put.runs) {
      const std::uint32_t shard = run.shard->id.index;
      const bool last = --lanes_[shard].puts_under_way == 0;
      ended |= last && shards_ != put.shards && !shards_->all()[shard].open();
    }
  }
  if (ended) notify();
}

asio::awaitable<Result<Put>> Stream::put(Draft draft) {
  bool sealed = false;
  for (;;) {
    const Routing now = routing();
    if (now.sealed && !sealed) {
      CO_ASSIGN_OR_RETURN(sealed, co_await seal(&draft));
      continue;
    }
    Put put = now.spread ? spread(draft, now.shards) : sort(draft, now.shards);
    put.sealed = sealed;
    auto submitted = submit(draft, &put);
    if (!submitted) co_return std::unexpected(std::move(submitted).error());
    if (submitted->outdated) continue;
    if (!submitted->ticket) {
      count(put);
      co_return put;
    }
    if (submitted->window_began) environment_.load_window_began(shared_from_this());
    Result<storage::Committed> committed = co_await submitted->ticket->wait();
    finish(put);
    if (!committed) co_return std::unexpected(std::move(committed).error());
    count(put);
    co_return put;
  }
}

Stream::Routing Stream::routing() const {
  MutexLock lock(mutex_);
  return {.shards = shards_,
          .spread = settings_.distribution == Distribution::kAuto,
          .sealed = !settings_.key_id.empty()};
}

std::uint64_t Stream::latest(ShardId shard) const {
  return environment_.store.records().next(id_, shard.index);
}

asio::awaitable<Result<std::uint64_t>> Stream::at_time(ShardId shard, std::int64_t ms) {
  auto find = [self = shared_from_this(), shard, ms] {
    return self->environment_.store.records().find_time(self->id_, shard.index, ms);
  };
  co_return co_await environment_.pool.run(std::move(find));
}

Status Stream::admit_iterator_call(ShardId shard) {
  if (environment_.limits == Limits::kNone) return {};
  const MonotonicTime now = environment_.clock.monotonic_now();
  MutexLock lock(mutex_);
  if (!lanes_[shard.index].iterators.admit(now)) return throttled(shard);
  return {};
}

// A damaged place costs its records, not those behind it.
Result<storage::Slice> Stream::read_blocking(ShardId shard, std::uint64_t from,
                                             const storage::ReadLimits& limits) const {
  for (;;) {
    auto slice = environment_.store.records().read(id_, shard.index, from, limits);
    if (slice || slice.error().code != ErrorCode::kCorruption) return slice;
    const std::string& detail = slice.error().detail;
    std::uint64_t behind = 0;
    std::from_chars(detail.data(), detail.data() + detail.size(), behind);
    if (behind <= from) return slice;
    if (environment_.warn) environment_.warn(slice.error().message);
    from = behind;
  }
}

// No put is under way to a closed shard without puts_under_way saying so.
bool Stream::ended(ShardId shard, const storage::Slice& slice) const {
  if (!slice.at_tip) return false;
  MutexLock lock(mutex_);
  if (shards_->all()[shard.index].open() || lanes_[shard.index].puts_under_way > 0) return false;
  return slice.next >= environment_.store.records().next(id_, shard.index);
}

asio::awaitable<Result<Read>> Stream::read(ShardId shard, std::uint64_t from,
                                           std::size_t records_max) {
  const bool limited = environment_.limits == Limits::kAws;
  bool refused = false;
  if (limited) {
    MutexLock lock(mutex_);
    if (!lanes_[shard.index].reads.admit(environment_.clock.monotonic_now())) {
      refused = true;
    }
  }
  if (refused) {
    count_refused_read(shard);
    co_return throttled(shard);
  }
  auto read = co_await fetch(shard, from, records_max, kReadBytesMax);
  if (read && limited) {
    MutexLock lock(mutex_);
    const bool counted = settings_.mode == StreamMode::kProvisioned;
    const auto records = counted ? static_cast<std::int64_t>(read->slice.records.size()) : 0;
    lanes_[shard.index].reads.charge(read->bytes, records, environment_.clock.monotonic_now());
  }
  if (read) count(shard, *read);
  co_return read;
}

asio::awaitable<Result<Read>> Stream::fetch(ShardId shard, std::uint64_t from,
                                            std::size_t records_max, std::size_t bytes_max) {
  const storage::ReadLimits limits{
      .records_max = records_max, .bytes_max = bytes_max, .not_before_ms = not_before_ms()};
  auto tail = environment_.store.records().read_tail(id_, shard.index, from, limits);
  Result<storage::Slice> opened;
  if (tail && data_keys_.has_keys_of(*tail)) {
    opened = open(shard, std::move(*tail));
  } else {
    auto work = [self = shared_from_this(), shard, from, limits]() -> Result<storage::Slice> {
      ASSIGN_OR_RETURN(auto slice, self->read_blocking(shard, from, limits));
      return self->open(shard, std::move(slice));
    };
    opened = co_await environment_.pool.run(std::move(work));
  }
  if (!opened) co_return std::unexpected(std::move(opened).error());
  Read read;
  read.slice = std::move(*opened);
  read.bytes = size_of(read.slice);
  read.ended = ended(shard, read.slice);
  if (!read.slice.at_tip) {
    const std::int64_t reached =
        read.slice.records.empty() ? limits.not_before_ms : read.slice.records.back().arrival_ms;
    // Zero would say that there is nothing to wait for.
    read.millis_behind_latest =
        std::max<std::int64_t>(1, environment_.clock.wall_now().ms - reached);
  }
  co_return read;
}

}  // namespace headrace::streams
