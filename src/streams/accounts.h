// What accounts have agreed to, region by region: the minimum throughput commitment, which lets
// their on-demand streams keep capacity ready.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/mutex.h"
#include "storage/store.h"

namespace headrace::streams {

struct Commitment {
  static constexpr std::int64_t kLastsMs = 86'400'000;  // at least

  std::int64_t started_ms = 0;  // 0: there never was one
  std::int64_t ended_ms = 0;    // 0: nobody asked for its end; that may lie ahead

  std::int64_t earliest_end_ms() const { return started_ms + kLastsMs; }
  bool in_force(std::int64_t now_ms) const {
    return started_ms != 0 && (ended_ms == 0 || now_ms < ended_ms);
  }
};

// Thread-safe.
class Accounts {
 public:
  Accounts(storage::Store& store, Clock& clock) : store_(store), clock_(clock) {}

  // Blocks.
  Status load() EXCLUDES(mutex_);

  Commitment commitment(const std::string& account, const std::string& region) const
      EXCLUDES(mutex_);
  // Whether it is in force, and stays so.
  bool committed(const std::string& account, const std::string& region) const;
  // Durable when they return the commitment as it is then. One that is in force goes on, whatever
  // end was asked for; an end comes no earlier than earliest_end_ms().
  boost::asio::awaitable<Result<Commitment>> commit(std::string account, std::string region);
  boost::asio::awaitable<Result<Commitment>> end(std::string account, std::string region);

 private:
  using Key = std::pair<std::string, std::string>;  // account, region
  boost::asio::awaitable<Result<Commitment>> store(Key key, Commitment commitment) EXCLUDES(mutex_);

  storage::Store& store_;
  Clock& clock_;
  mutable Mutex mutex_;
  std::map<Key, Commitment> commitments_ GUARDED_BY(mutex_);
};

}  // namespace headrace::streams
