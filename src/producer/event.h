// Waiting in coroutines: for one another, or for a Clock.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace headrace::producer {

// Lives on one executor, whose thread calls everything here. The clock must stop before that
// executor's context dies.
class Event {
 public:
  explicit Event(Clock& clock) : clock_(clock) {}

  // Resumes after the next notify(), or at `deadline` at the earliest.
  boost::asio::awaitable<void> wait(std::optional<MonotonicTime> deadline = std::nullopt);
  void notify();

 private:
  struct Waiter;
  Clock& clock_;
  std::vector<std::shared_ptr<Waiter>> waiters_;  // shared with the clock's alarm
};

boost::asio::awaitable<void> sleep_until(Clock& clock, MonotonicTime when);

}  // namespace headrace::producer
