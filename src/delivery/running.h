// A delivery stream at work: its worker, when its turns come, and the records put to it directly.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "delivery/deliveries.h"
#include "storage/commit.h"

namespace headrace::delivery {

// Owned by Deliveries; alarms and pool tasks that are under way share it until they end.
class Deliveries::Running : public std::enable_shared_from_this<Deliveries::Running> {
 public:
  Running(std::uint64_t id, Configuration configuration, Worker::Source source,
          const Environment& environment);

  Status start();
  // Waits for the turn under way; none begins afterwards.
  void stop();
  // From here on (or, with false, again) put answers kNotFound (or works). An entry submitted after
  // this call follows all records in the log.
  void refuse_puts(bool refuse) EXCLUDES(put_mutex_);

  boost::asio::awaitable<Result<std::vector<std::string>>> put(std::vector<Bytes> records);

  std::uint64_t id() const { return id_; }
  std::uint64_t storage_stream() const { return source_.stream; }
  const Configuration& configuration() const { return configuration_; }

 private:
  std::optional<storage::CommitTicket> submit(std::shared_ptr<storage::RecordBatch> batch,
                                              std::uint64_t* first) EXCLUDES(put_mutex_);
  void records_arrived();
  void begin_turn();
  void post_turn() REQUIRES(mutex_);
  void run_turn();
  void come_again(MonotonicTime when) REQUIRES(mutex_);

  const std::uint64_t id_;
  const Configuration configuration_;
  const Worker::Source source_;
  Environment environment_;
  Worker worker_;  // used by the turn under way only
  std::uint64_t listener_ = 0;
  std::atomic<bool> arrival_alarm_set_{false};

  Mutex mutex_;
  Condition idle_;
  bool queued_ GUARDED_BY(mutex_) = false;  // a turn waits for a thread of the pool
  bool turning_ GUARDED_BY(mutex_) = false;
  bool again_ GUARDED_BY(mutex_) = false;
  bool stopped_ GUARDED_BY(mutex_) = false;
  std::optional<MonotonicTime> alarm_at_ GUARDED_BY(mutex_);

  Mutex put_mutex_;
  std::uint64_t next_number_ GUARDED_BY(put_mutex_) = 0;
  bool puts_refused_ GUARDED_BY(put_mutex_) = false;
};

// kNotFound in the service's words.
std::unexpected<Error> delivery_stream_not_found(const std::string& account,
                                                 const std::string& name);

}  // namespace headrace::delivery
