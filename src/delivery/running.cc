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

std::unexpected<Error> delivery_stream_not_found(const std::string& account,
                                                 const std::string& name) {
  return fail(ErrorCode::kNotFound,
              "Firehose " + name + " under account " + account + " not found.");
}

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
  listener_ = environment_.store.records().add_listener(source_.stream, storage::kNoLane,
                                                        [weak = weak_from_this()] {
                                                          if (const auto self = weak.lock())
                                                            self->records_arrived();
                                                        });
  begin_turn();
  return {};
}

// A turn that still waits for a thread is not waited for: with all threads of the pool stopping
// delivery streams, it would never get one.
void Deliveries::Running::stop() {
  environment_.store.records().remove_listener(source_.stream, listener_);
  worker_.stop();
  MutexLock lock(mutex_);
  stopped_ = true;
  while (turning_) idle_.wait(mutex_);
}

void Deliveries::Running::refuse_puts(bool refuse) {
  MutexLock lock(put_mutex_);
  puts_refused_ = refuse;
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
  if (stopped_ || queued_) return;
  if (turning_) {
    again_ = true;
    return;
  }
  post_turn();
}

void Deliveries::Running::post_turn() {
  queued_ = true;
  environment_.pool.post([self = shared_from_this()] { self->run_turn(); });
}

// One turn, then to the end of the pool's queue: a busy delivery stream must not keep its thread
// from the others.
void Deliveries::Running::run_turn() {
  {
    MutexLock lock(mutex_);
    queued_ = false;
    if (stopped_) return;
    turning_ = true;
  }
  const std::optional<MonotonicTime> next = worker_.turn();
  MutexLock lock(mutex_);
  turning_ = false;
  idle_.notify_all();
  if (stopped_) return;
  const bool at_once = again_ || (next && *next <= environment_.clock.monotonic_now());
  again_ = false;
  if (at_once) {
    post_turn();
  } else if (next) {
    come_again(*next);
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
std::optional<storage::CommitTicket> Deliveries::Running::submit(
    std::shared_ptr<storage::RecordBatch> batch, std::uint64_t* first) {
  MutexLock lock(put_mutex_);
  if (puts_refused_) return std::nullopt;
  batch->arrival_ms = environment_.clock.wall_now().ms;
  *first = next_number_;
  next_number_ += batch->size();
  batch->runs.push_back({kDirectLane, *first, static_cast<std::uint32_t>(batch->size())});
  storage::Entry entry;
  entry.records = std::move(batch);
  return storage::CommitTicket(environment_.store, std::move(entry));
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
  std::uint64_t first = 0;
  std::optional<storage::CommitTicket> ticket = submit(std::move(batch), &first);
  if (!ticket) co_return delivery_stream_not_found(configuration_.account, configuration_.name);
  Result<storage::Committed> committed = co_await ticket->wait();
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
