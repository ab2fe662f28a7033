#include "producer/producer.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "producer/aws_client.h"
#include "producer/put_records.h"

namespace headrace::producer {

namespace asio = boost::asio;

namespace {

// Fewer would cost more in requests than they save in records that are refused.
constexpr std::size_t kWindowMin = 50;

}  // namespace

// One connection with the records that it has in hand.
class Producer::Sender {
 public:
  explicit Sender(Producer& producer)
      : producer_(producer), client_(producer.executor_, producer.settings_, producer.clock_) {}

  asio::awaitable<void> run();

 private:
  asio::awaitable<void> send();
  void settle(const std::vector<std::string>& errors, std::size_t count);
  void keep(Record record, const std::string& reason, std::vector<Record>& kept);
  asio::awaitable<void> back_off();

  Producer& producer_;
  AwsClient client_;
  std::vector<Record> batch_;  // what failed first, then what is new
  std::size_t alone_ = 0;      // of the batch: sent one by one, to find what is wrong with it
  // How many of the batch go at once: while records are refused about as many as were accepted, so
  // that a full shard is not sent the same records over and over.
  std::size_t window_ = kBatchRecordsMax;
  unsigned failures_ = 0;  // in a row
};

asio::awaitable<void> Producer::Sender::run() {
  for (;;) {
    if (alone_ == 0 && !co_await producer_.fill(batch_)) co_return;
    if (!producer_.stopped()) co_await send();
    if (producer_.stopped()) {
      for (const Record& record : batch_) producer_.failed(record, producer_.summary_.fatal);
      batch_.clear();
      alone_ = 0;
      continue;
    }
    if (failures_ > 0) co_await back_off();
  }
}

asio::awaitable<void> Producer::Sender::send() {
  const std::size_t count = alone_ > 0 ? 1 : std::min(batch_.size(), window_);
  co_await producer_.pace(count);
  std::string body = encode_put_records(producer_.options_.stream, std::span(batch_).first(count));
  Result<Answer> answer = co_await client_.call("PutRecords", std::move(body));
  std::vector<std::string> errors(count);
  if (!answer) {
    std::ranges::fill(errors, answer.error().message);
  } else if (answer->ok()) {
    auto decoded = decode_put_records(answer->body, count);
    if (decoded) {
      errors = std::move(*decoded);
    } else {
      std::ranges::fill(errors, decoded.error().message);
    }
  } else {
    const std::string reason = answer->code + ": " + answer->message;
    switch (remedy(*answer)) {
      case Remedy::kRetry: std::ranges::fill(errors, reason); break;
      case Remedy::kGiveUp: producer_.stop(reason); co_return;
      case Remedy::kChange:
        if (count > 1) {
          alone_ = count;
          co_return;
        }
        producer_.failed(batch_.front(), reason);
        batch_.erase(batch_.begin());
        alone_ -= std::min<std::size_t>(alone_, 1);
        co_return;
    }
  }
  settle(errors, count);
}

void Producer::Sender::settle(const std::vector<std::string>& errors, std::size_t count) {
  std::vector<Record> kept;
  std::size_t accepted = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (errors[i].empty()) {
      producer_.accepted(batch_[i]);
      ++accepted;
    } else {
      keep(std::move(batch_[i]), errors[i], kept);
    }
  }
  if (kept.empty()) {
    failures_ = 0;
    window_ = std::min(window_ * 2, kBatchRecordsMax);
  } else {
    window_ = std::clamp(accepted == 0 ? window_ / 2 : accepted, kWindowMin, kBatchRecordsMax);
    // While a shard is full most records of each request are refused: ask it less often, though not
    // so seldom that what it allows in a second goes unused.
    constexpr unsigned kCrowdedMax = 5;  // 0.8 s by default
    const bool crowded = accepted > 0 && accepted < kept.size();
    failures_ = accepted == 0 ? failures_ + 1 : crowded ? std::min(failures_ + 1, kCrowdedMax) : 1;
  }
  if (alone_ > 0 && kept.empty()) --alone_;
  batch_.erase(batch_.begin(), std::next(batch_.begin(), static_cast<std::ptrdiff_t>(count)));
  batch_.insert(batch_.begin(), std::make_move_iterator(kept.begin()),
                std::make_move_iterator(kept.end()));
  producer_.changed_.notify();
}

void Producer::Sender::keep(Record record, const std::string& reason, std::vector<Record>& kept) {
  const MonotonicTime now = producer_.clock_.monotonic_now();
  if (!record.tried) record.first_failure = now;
  record.tried = true;
  if (now - record.first_failure >= producer_.options_.give_up_after) {
    producer_.failed(record, reason);
    return;
  }
  ++producer_.summary_.retries;
  kept.push_back(std::move(record));
}

asio::awaitable<void> Producer::Sender::back_off() {
  // Full jitter: anything up to the bound, so that senders which failed together do not return
  // together.
  constexpr unsigned kDoublingsMax = 20;
  const std::int64_t doubled = producer_.options_.backoff_base.count()
                               << std::min(failures_ - 1, kDoublingsMax);
  const std::int64_t bound =
      std::min<std::int64_t>(producer_.options_.backoff_max.count(), doubled);
  const auto wait = static_cast<std::int64_t>(
      producer_.random_.below(static_cast<std::uint64_t>(bound) * 1000 + 1));
  co_await sleep_until(producer_.clock_,
                       producer_.clock_.monotonic_now() + std::chrono::microseconds(wait));
}

Producer::Producer(asio::any_io_executor executor, Settings settings, Options options, Clock& clock,
                   Random& random, Reject reject)
    : executor_(std::move(executor)),
      settings_(std::move(settings)),
      options_(std::move(options)),
      clock_(clock),
      random_(random),
      reject_(std::move(reject)),
      changed_(clock) {
  CHECK(options_.batch_records > 0 && options_.batch_records <= kBatchRecordsMax);
  if (options_.rate > 0) {
    // A tenth of a second's worth at once, so that a slow rate is even and not in bursts.
    options_.batch_records =
        std::min(options_.batch_records,
                 std::max<std::size_t>(1, static_cast<std::size_t>(options_.rate / 10)));
  }
}

void Producer::put(Record record) {
  if (stopped()) return reject(record.data, summary_.fatal);
  const std::size_t before = queue_.ready();
  queue_.push(std::move(record));
  if (before == 0 && queue_.ready() > 0) {
    ready_since_ = clock_.monotonic_now();
    changed_.notify();
  } else if (before + 1 == options_.batch_records && queue_.ready() == options_.batch_records) {
    changed_.notify();
  }
}

void Producer::reject(std::string_view data, std::string_view reason) {
  ++summary_.failures;
  reject_(data, reason);
}

asio::awaitable<void> Producer::room() {
  while (queue_.bytes() >= options_.buffered_bytes_max) co_await changed_.wait();
}

void Producer::close() {
  closed_ = true;
  changed_.notify();
}

void Producer::accepted(const Record& record) {
  ++summary_.records;
  summary_.bytes += record.data.size();
  const std::size_t before = queue_.ready();
  queue_.done(record);
  if (before == 0 && queue_.ready() > 0) ready_since_ = clock_.monotonic_now();
}

void Producer::failed(const Record& record, std::string_view reason) {
  reject(record.data, reason);
  const std::size_t before = queue_.ready();
  queue_.done(record);
  if (before == 0 && queue_.ready() > 0) ready_since_ = clock_.monotonic_now();
  changed_.notify();
}

void Producer::stop(std::string reason) {
  if (!stopped()) summary_.fatal = std::move(reason);
  changed_.notify();
}

// Tops `batch` up. False when there is nothing in it and nothing will come.
asio::awaitable<bool> Producer::fill(std::vector<Record>& batch) {
  for (;;) {
    const bool last = closed_ || stopped() || !batch.empty() || queue_.blocked() > 0;
    const MonotonicTime due = ready_since_ + options_.linger;
    const bool full = queue_.ready() >= options_.batch_records;
    if (queue_.ready() > 0 && (full || last || clock_.monotonic_now() >= due)) break;
    if (!batch.empty()) break;
    if (closed_ && queue_.ready() == 0 && queue_.blocked() == 0) co_return false;
    std::optional<MonotonicTime> deadline;
    if (queue_.ready() > 0) deadline = due;
    co_await changed_.wait(deadline);
  }
  std::size_t bytes = 0;
  for (const Record& record : batch) bytes += record.size();
  if (batch.size() < options_.batch_records && bytes < kBatchBytesMax) {
    queue_.take(options_.batch_records - batch.size(), kBatchBytesMax - bytes, batch);
    ready_since_ = clock_.monotonic_now();
  }
  co_return true;
}

asio::awaitable<void> Producer::pace(std::size_t records) {
  if (options_.rate == 0) co_return;
  const MonotonicTime start = std::max(next_send_, clock_.monotonic_now());
  next_send_ = start + std::chrono::nanoseconds(records * 1'000'000'000ULL / options_.rate);
  if (start > clock_.monotonic_now()) co_await sleep_until(clock_, start);
}

asio::awaitable<void> Producer::send_all() {
  Sender sender(*this);
  co_await sender.run();
  --running_;
  changed_.notify();
}

asio::awaitable<void> Producer::run() {
  running_ = options_.senders;
  for (std::size_t i = 0; i < options_.senders; ++i) {
    asio::co_spawn(executor_, send_all(), asio::detached);
  }
  while (running_ > 0) co_await changed_.wait();
}

}  // namespace headrace::producer
