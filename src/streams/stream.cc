#include "streams/stream.h"

#include <algorithm>
#include <charconv>
#include <span>

#include "base/check.h"

namespace headrace::streams {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::uint32_t kNoRun = UINT32_MAX;

std::int64_t size_of(const storage::Slice& slice) {
  std::size_t bytes = 0;
  for (const storage::RecordView& record : slice.records) {
    bytes += record.key.size() + record.data.size();
  }
  return static_cast<std::int64_t>(bytes);
}

}  // namespace

Stream::Stream(Row row, const Environment& environment)
    : row_(std::move(row)),
      environment_(environment),
      lanes_(row_.shards.size()),
      deleted_ms_(row_.deleted_ms),
      retention_hours_(row_.retention_hours),
      horizon_ms_(row_.horizon_ms) {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    CHECK(row_.shards[i].id.index == i);
    lanes_[i].next = environment_.store.records().next(row_.id, static_cast<std::uint32_t>(i));
  }
}

Result<const Shard*> Stream::shard(ShardId id) const {
  if (id.index < row_.shards.size()) return &row_.shards[id.index];
  return fail(ErrorCode::kNotFound,
              "Could not find shard " + id.text() + " in " + described() + ".");
}

StreamStatus Stream::status() const {
  const std::int64_t now = environment_.clock.wall_now().ms;
  MutexLock lock(mutex_);
  if (deleted_ms_ != 0) {
    return now < deleted_ms_ + environment_.transition_ms ? StreamStatus::kDeleting
                                                          : StreamStatus::kGone;
  }
  return now < row_.created_ms + environment_.transition_ms ? StreamStatus::kCreating
                                                            : StreamStatus::kActive;
}

std::int32_t Stream::retention_hours() const {
  MutexLock lock(mutex_);
  return retention_hours_;
}

std::int64_t Stream::not_before_ms() const {
  const std::int64_t now = environment_.clock.wall_now().ms;
  MutexLock lock(mutex_);
  return std::max(horizon_ms_, now - retention_hours_ * kHourMs);
}

std::string Stream::described() const {
  return "stream " + row_.key.name.text() + " under account " + row_.key.account;
}

void Stream::set_deleted(std::int64_t ms) {
  MutexLock lock(mutex_);
  deleted_ms_ = ms;
}

void Stream::set_retention(std::int32_t hours, std::int64_t horizon_ms) {
  MutexLock lock(mutex_);
  retention_hours_ = hours;
  horizon_ms_ = horizon_ms;
}

std::string throttled_message(const Stream& stream, ShardId shard) {
  return "Rate exceeded for shard " + shard.text() + " in " + stream.described() + ".";
}

std::unexpected<Error> Stream::throttled(ShardId shard) const {
  return fail(ErrorCode::kThroughputExceeded, throttled_message(*this, shard));
}

std::uint32_t Stream::shard_of(HashKey key) const {
  const auto after =
      std::upper_bound(row_.shards.begin(), row_.shards.end(), key,
                       [](HashKey k, const Shard& shard) { return k < shard.range.starting; });
  CHECK(after != row_.shards.begin());
  return std::prev(after)->id.index;
}

Put Stream::sort(const Draft& draft) const {
  const storage::RecordBatch& records = *draft.records;
  std::vector<std::string_view> keys(records.size());
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = records.key(i);
  std::vector<Md5Digest> digests(keys.size());
  md5_many(keys, digests.data());
  Put put;
  put.run_of.resize(keys.size());
  std::vector<std::uint32_t> run_of_lane(row_.shards.size(), kNoRun);
  auto explicit_key = draft.explicit_hash_keys.begin();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    HashKey key;
    if (explicit_key != draft.explicit_hash_keys.end() && explicit_key->first == i) {
      key = explicit_key++->second;
    } else {
      key = HashKey::of(digests[i]);
    }
    const Shard& shard = row_.shards[shard_of(key)];
    std::uint32_t& run = run_of_lane[shard.id.index];
    if (run == kNoRun) {
      run = static_cast<std::uint32_t>(put.runs.size());
      put.runs.push_back({.shard = &shard, .first = {}});
    }
    put.run_of[i] = run;
  }
  return put;
}

// Admitting, numbering and submitting are one step, so that the log has each shard's numbers in
// order.
Result<std::optional<storage::CommitTicket>> Stream::submit(Draft draft, Put* put) {
  storage::RecordBatch& records = *draft.records;
  const bool limited = environment_.limits == Limits::kAws;
  std::vector<std::uint32_t> counts(put->runs.size());
  MutexLock lock(mutex_);
  if (deleted_ms_ != 0)
    return fail(ErrorCode::kNotFound, "S" + described().substr(1) + " not found.");
  const MonotonicTime now = environment_.clock.monotonic_now();
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::uint32_t run = put->run_of[i];
    const std::uint32_t lane = put->runs[run].shard->id.index;
    const std::size_t size = records.key(i).size() + records.data(i).size();
    if (limited && !lanes_[lane].writes.admit(static_cast<std::int64_t>(size), now)) {
      put->run_of[i] |= Put::kThrottledBit;
      ++put->throttled;
      continue;
    }
    records.set_lane(i, lane);
    ++counts[run];
  }
  if (put->throttled == records.size()) return std::optional<storage::CommitTicket>{};
  records.stream = row_.id;
  records.arrival_ms = environment_.clock.wall_now().ms;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const Shard& shard = *put->runs[i].shard;
    std::uint64_t& next = lanes_[shard.id.index].next;
    put->runs[i].first = SequenceNumber::of_record(shard.created_ms, row_.id, shard.id, next);
    if (counts[i] == 0) continue;
    records.runs.push_back({shard.id.index, next, counts[i]});
    next += counts[i];
  }
  storage::Entry entry;
  entry.records = std::move(draft.records);
  return std::optional<storage::CommitTicket>(std::in_place, environment_.store, std::move(entry));
}

asio::awaitable<Result<Put>> Stream::put(Draft draft) {
  Put put = sort(draft);
  auto ticket = submit(std::move(draft), &put);
  if (!ticket) co_return std::unexpected(std::move(ticket).error());
  if (!*ticket) co_return put;
  Result<storage::Committed> committed = co_await (*ticket)->wait();
  if (!committed) co_return std::unexpected(std::move(committed).error());
  co_return put;
}

std::uint64_t Stream::latest(ShardId shard) const {
  return environment_.store.records().next(row_.id, shard.index);
}

asio::awaitable<Result<std::uint64_t>> Stream::at_time(ShardId shard, std::int64_t ms) {
  auto find = [self = shared_from_this(), shard, ms] {
    return self->environment_.store.records().find_time(self->row_.id, shard.index, ms);
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
    auto slice = environment_.store.records().read(row_.id, shard.index, from, limits);
    if (slice || slice.error().code != ErrorCode::kCorruption) return slice;
    const std::string& detail = slice.error().detail;
    std::uint64_t behind = 0;
    std::from_chars(detail.data(), detail.data() + detail.size(), behind);
    if (behind <= from) return slice;
    if (environment_.warn) environment_.warn(slice.error().message);
    from = behind;
  }
}

asio::awaitable<Result<Read>> Stream::read(ShardId shard, std::uint64_t from,
                                           std::size_t records_max) {
  const bool limited = environment_.limits == Limits::kAws;
  if (limited) {
    MutexLock lock(mutex_);
    if (!lanes_[shard.index].reads.admit(environment_.clock.monotonic_now())) {
      co_return throttled(shard);
    }
  }
  const storage::ReadLimits limits{
      .records_max = records_max, .bytes_max = kReadBytesMax, .not_before_ms = not_before_ms()};
  Read read;
  if (auto slice = environment_.store.records().read_tail(row_.id, shard.index, from, limits)) {
    read.slice = std::move(*slice);
  } else {
    auto work = [self = shared_from_this(), shard, from, limits] {
      return self->read_blocking(shard, from, limits);
    };
    auto cold = co_await environment_.pool.run(std::move(work));
    if (!cold) co_return std::unexpected(std::move(cold).error());
    read.slice = std::move(*cold);
  }
  if (limited) {
    MutexLock lock(mutex_);
    lanes_[shard.index].reads.charge(size_of(read.slice), environment_.clock.monotonic_now());
  }
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
