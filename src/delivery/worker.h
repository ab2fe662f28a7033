// A worker moves the records of one delivery stream into objects.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "delivery/configuration.h"
#include "delivery/format.h"
#include "delivery/object_key.h"
#include "delivery/sink.h"
#include "storage/store.h"

namespace headrace::delivery {

// One turn at a time, on a thread that may block: Deliveries sees to both.
//
// A buffer is a range of each lane, so a crash loses nothing of it: the checkpoint moves in the
// same log entry that makes the object, and a guard refuses both when it has moved already.
class Worker {
 public:
  struct Source {
    std::uint64_t stream = 0;
    std::function<std::vector<std::uint32_t>()> lanes;
    std::function<std::int64_t()> not_before_ms;  // older records are lost to retention
    bool trims = false;                           // the stream is ours: drop what was delivered
    // Makes readable what was read from a lane, where that is not so; null: it is.
    std::function<Result<storage::Slice>(std::uint32_t lane, storage::Slice)> open = nullptr;
  };
  using Warn = std::function<void(const std::string&)>;

  Worker(std::uint64_t id, Configuration configuration, Source source, storage::Store& store,
         ObjectSink& sink, Clock& clock, Random& random, Warn warn);

  // Reads the checkpoints that the database has.
  Status load();
  // Delivers at most one object, if one is due, and says when to come again though nothing arrives
  // (at once, when there may be more to do); nothing: only when records arrive.
  std::optional<MonotonicTime> turn();
  // Any thread: the turn under way ends as soon as it may.
  void stop() { stopping_ = true; }
  // True once a guard has said that the delivery stream is gone.
  bool cancelled() const { return cancelled_; }

 private:
  struct Buffer {
    std::unique_ptr<Upload> upload;
    Formatter formatter;
    std::map<std::uint32_t, std::uint64_t> next;  // where each lane's part ends
    std::int64_t oldest_ms = INT64_MAX;
    std::uint64_t bytes = 0;  // uncompressed
    std::uint64_t records = 0;
    std::optional<DeliveredObject> object;  // named: only the commit is missing
  };

  Result<bool> fill();
  Result<bool> fill_from(std::uint32_t lane);
  Result<storage::Slice> read_from(std::uint32_t lane, std::uint64_t from);
  Status add(std::uint32_t lane, const storage::Slice& slice);
  Status deliver();
  void name_object();
  std::vector<storage::Mutation> checkpoint() const;
  MonotonicTime back_off(const Error& error);
  bool size_met() const;
  std::optional<MonotonicTime> due() const;

  const std::uint64_t id_;
  const Configuration configuration_;
  const Source source_;
  storage::Store& store_;
  ObjectSink& sink_;
  Clock& clock_;
  Random& random_;
  Warn warn_;
  Prefix prefix_;
  std::map<std::uint32_t, std::uint64_t> checkpoints_;  // as the database has them
  std::optional<Buffer> buffer_;
  std::size_t first_lane_ = 0;  // where the next round over the lanes begins
  std::uint32_t failures_ = 0;
  std::optional<MonotonicTime> retry_at_;
  bool cancelled_ = false;
  std::atomic<bool> stopping_{false};
};

}  // namespace headrace::delivery
