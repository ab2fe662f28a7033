#include "delivery/running.h"

#include <cinttypes>
#include <cstdio>
#include <utility>

#include "storage/commit.h"

namespace headrace::delivery {
namespace {

// Records that arrive within this of one another share a turn.
constexpr std::chrono::milliseconds kGather{20};
constexpr std::uint32_t kDirectLane = 0;

}  // namespace

Deliveries::Running::Running(std::uint64_t id, Configuration configuration, Worker::Source source,
                             const Environment& environment)
    : id_(id),
      configuration_(configuration),
      source_(source),
      environment_(environment),
      worker_(id, std::move(configuration), std::move(source), environment.store, environment.sink,
              environment.clock, environment.random, environment.warn) {}

Status Deliveries::Running::start() {
  RETURN_IF_ERROR(worker_.load());
  {
    MutexLock lock(put_mutex_);
    next_number_ = environment_.store.records().next(source_.stream, kDirectLane);
  }
  listener_ = environment_.store.records().add_listener(source_.stream, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->records_arrived();
  });
  begin_turn();
  return {};
}

void Deliveries::Running::stop() {
  environment_.store.records().remove_listener(source_.stream, listener_);
  MutexLock lock(mutex_);
  stopped_ = true;
  while (turning_) idle_.wait(mutex_);
}

void Deliveries::Running::records_arrived() {
  if (arrival_alarm_set_.exchange(true)) return;
  environment_.clock.call_at(environment_.clock.monotonic_now() + kGather,
                             [weak = weak_from_this()] {
                               const auto self = weak.lock();
                               if (!self) return;
                               self->arrival_alarm_set_ = false;
                               self->begin_turn();
                             });
}

void Deliveries::Running::begin_turn() {
  MutexLock lock(mutex_);
  if (stopped_) return;
  if (turning_) {
    again_ = true;
    return;
  }
  turning_ = true;
  environment_.pool.post([self = shared_from_this()] { self->run_turns(); });
}

void Deliveries::Running::run_turns() {
  for (;;) {
    const std::optional<MonotonicTime> next = worker_.turn();
    MutexLock lock(mutex_);
    if (again_ && !stopped_) {
      again_ = false;
      continue;
    }
    turning_ = false;
    idle_.notify_all();
    if (next && !stopped_) come_again(*next);
    return;
  }
}

// An alarm that is set already and comes earlier serves as well: its turn asks again.
void Deliveries::Running::come_again(MonotonicTime when) {
  if (alarm_at_ && *alarm_at_ <= when) return;
  alarm_at_ = when;
  environment_.clock.call_at(when, [weak = weak_from_this(), when] {
    const auto self = weak.lock();
    if (!self) return;
    {
      MutexLock lock(self->mutex_);
      if (self->alarm_at_ == when) self->alarm_at_.reset();
    }
    self->begin_turn();
  });
}

// Numbering and submitting are one step, so that the log has the numbers in order.
storage::CommitTicket Deliveries::Running::submit(std::shared_ptr<storage::RecordBatch> batch,
                                                  std::uint64_t* first) {
  MutexLock lock(put_mutex_);
  *first = next_number_;
  next_number_ += batch->size();
  batch->runs.push_back({kDirectLane, *first, static_cast<std::uint32_t>(batch->size())});
  storage::Entry entry;
  entry.records = std::move(batch);
  return {environment_.store, std::move(entry)};
}

boost::asio::awaitable<Result<std::vector<std::string>>> Deliveries::Running::put(
    std::vector<Bytes> records) {
  std::size_t bytes = 0;
  for (const Bytes& record : records) bytes += record.size();
  auto batch = std::make_shared<storage::RecordBatch>(bytes, records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    batch->add({}, records[i].view());
    batch->set_lane(i, kDirectLane);
  }
  batch->stream = source_.stream;
  batch->arrival_ms = environment_.clock.wall_now().ms;
  std::uint64_t first = 0;
  storage::CommitTicket ticket = submit(std::move(batch), &first);
  Result<storage::Committed> committed = co_await ticket.wait();
  if (!committed) co_return std::unexpected(committed.error());
  std::vector<std::string> ids;
  ids.reserve(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    char id[80];
    std::snprintf(id, sizeof id, "%016" PRIx64 "%016" PRIx64 "%016" PRIx64,
                  static_cast<std::uint64_t>(configuration_.created.ms), id_, first + i);
    ids.emplace_back(id);
  }
  co_return ids;
}

}  // namespace headrace::delivery
