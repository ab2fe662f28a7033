// Wakes a coroutine on the same thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace headrace::http {

// Used on one thread, by one waiter at a time, and outlives the wait. A waiter looks at its
// condition in a loop: one notify() wakes it once, and it may be an old one.
class Signal {
 public:
  explicit Signal(const boost::asio::any_io_executor& executor)
      : timer_(executor, boost::asio::steady_timer::time_point::max()) {}

  // Returns after the next notify(), or at once when there has been one since the last wait.
  boost::asio::awaitable<void> wait();
  void notify();

 private:
  boost::asio::steady_timer timer_;  // never fires; cancelled to wake
  bool notified_ = false;
  bool waiting_ = false;
};

}  // namespace headrace::http
