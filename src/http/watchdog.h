// A deadline that is moved often and met rarely.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>

namespace headrace::http {

// Owned by a connection, lives on its thread. Moving the deadline costs one reading of the clock:
// the timer beneath is set again only when it fires early or would fire too late.
class Watchdog {
 public:
  // `expire` runs on `executor` when an armed deadline has passed, and again from time to time
  // until disarm() or the next arm().
  Watchdog(boost::asio::any_io_executor executor, std::function<void()> expire);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // milliseconds::max(): no deadline.
  void arm(std::chrono::milliseconds timeout);
  void disarm();
  // Whether the deadline of the last arm() has passed and `expire` ran.
  bool expired() const;
  // Disarms and gives the timer back, so that nothing waits on the executor.
  void stop();

 private:
  struct State;
  // Shared with the handler of the timer, which may already be queued when the connection dies.
  std::shared_ptr<State> state_;
};

}  // namespace headrace::http
