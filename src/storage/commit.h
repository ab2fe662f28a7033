// Store::submit for coroutines.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "storage/store.h"

namespace headrace::storage {

// An entry on its way. The constructor submits at once: take it while holding whatever lock gives
// entries their order, then let go and wait. (A coroutine would only begin when it is awaited.)
class CommitTicket {
 public:
  CommitTicket(Store& store, Entry entry);

  // Returns on the caller's executor once the entry is committed. Call once; only then does the
  // commit begin, together with all that this thread submits before its executor's next turn.
  boost::asio::awaitable<Result<Committed>> wait();

 private:
  struct State;
  Store* store_;
  // Kept so that its memory is given back by the thread that took it, not by the one that commits.
  std::shared_ptr<const RecordBatch> records_;
  std::shared_ptr<State> state_;  // shared with the commit thread's callback
};

// Submits when awaited, then waits.
boost::asio::awaitable<Result<Committed>> commit(Store& store, Entry entry);

// While one lives, tickets that complete on this thread are kept; its end wakes each executor once
// for all of them. For the thread that commits.
class Completions {
 public:
  Completions();
  ~Completions();
  Completions(const Completions&) = delete;
  Completions& operator=(const Completions&) = delete;

 private:
  friend class CommitTicket;
  struct Completion {
    std::move_only_function<void(Result<Committed>)> resume;
    Result<Committed> result;
  };
  struct Batch {
    boost::asio::any_io_executor executor;
    std::vector<Completion> completions;
  };

  static void add(const boost::asio::any_io_executor& executor, Completion completion);
  static void post(Batch batch);

  std::deque<Batch> batches_;  // as many as there are I/O threads
};

}  // namespace headrace::storage
