// Store::submit for coroutines.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "storage/store.h"

namespace headrace::storage {

// An entry on its way. The constructor submits at once: take it while holding whatever lock gives
// entries their order, then let go and wait. (A coroutine would only begin when it is awaited.)
class CommitTicket {
 public:
  CommitTicket(Store& store, Entry entry);

  // Returns on the caller's executor once the entry is committed. Call once.
  boost::asio::awaitable<Result<Committed>> wait();

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the commit thread's callback
};

// Submits when awaited, then waits.
boost::asio::awaitable<Result<Committed>> commit(Store& store, Entry entry);

}  // namespace headrace::storage
