// Sends records with PutRecords: batches, several at once, and sends again what failed.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "producer/event.h"
#include "producer/record_queue.h"
#include "producer/settings.h"

namespace headrace::producer {

// PutRecords takes 500 records and 10 MiB; what accepts less accepts half of it.
inline constexpr std::size_t kBatchRecordsMax = 500;
inline constexpr std::size_t kBatchBytesMax = 5UL << 20;

// Lives on one executor, whose thread calls everything here; the owner awaits run() before it
// destroys it. Memory is bounded: the caller of put() awaits room() now and then.
//
// A record is accepted, or rejected with a reason, never forgotten. It is sent again until the
// stream has said that it has it: after a connection that broke in the middle that may be once too
// often (at least once), and the order within an ordered key holds either way.
class Producer {
 public:
  struct Options {
    std::string stream;  // name or ARN
    std::size_t batch_records = kBatchRecordsMax;
    std::size_t senders = 8;                // requests in flight
    std::uint64_t rate = 0;                 // records a second; 0: as many as go
    std::chrono::milliseconds linger{100};  // how long a batch waits to fill
    std::size_t buffered_bytes_max = 32UL << 20;
    std::chrono::milliseconds backoff_base{50};
    std::chrono::milliseconds backoff_max{5'000};
    std::chrono::milliseconds give_up_after{300'000};  // of failures of one record
  };
  struct Summary {
    std::uint64_t records = 0;   // accepted
    std::uint64_t bytes = 0;     // of their data
    std::uint64_t retries = 0;   // records sent again
    std::uint64_t failures = 0;  // records not accepted
    std::string fatal = {};      // why it stopped early; empty: it did not
  };
  using Reject = std::function<void(std::string_view data, std::string_view reason)>;

  Producer(boost::asio::any_io_executor executor, Settings settings, Options options, Clock& clock,
           Random& random, Reject reject);

  void put(Record record);
  // A record that is none, counted and passed on.
  void reject(std::string_view data, std::string_view reason);
  // Returns while less than buffered_bytes_max is on its way.
  boost::asio::awaitable<void> room();
  // No put() follows.
  void close();
  // Sends no more: what is on its way is rejected for this reason, unless it arrives first.
  void stop(std::string reason);
  // Whether it stopped early: nothing more is sent, put() rejects.
  bool stopped() const { return !summary_.fatal.empty(); }

  // Sends until all that was put before close() is accepted or rejected.
  boost::asio::awaitable<void> run();
  const Summary& summary() const { return summary_; }

 private:
  class Sender;

  boost::asio::awaitable<void> send_all();
  boost::asio::awaitable<bool> fill(std::vector<Record>& batch);
  boost::asio::awaitable<void> pace(std::size_t records);
  void accepted(const Record& record);
  void failed(const Record& record, std::string_view reason);

  boost::asio::any_io_executor executor_;
  Settings settings_;
  Options options_;
  Clock& clock_;
  Random& random_;
  Reject reject_;
  RecordQueue queue_;
  Event changed_;
  MonotonicTime ready_since_ = {};
  MonotonicTime next_send_ = {};  // as the rate allows
  bool closed_ = false;
  std::size_t running_ = 0;  // senders
  Summary summary_;
};

}  // namespace headrace::producer
