#include "http/watchdog.h"

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <utility>

namespace headrace::http {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::chrono::milliseconds kRepeat{100};

}  // namespace

struct Watchdog::State {
  State(const boost::asio::any_io_executor& executor, std::function<void()> on_expiry)
      : timer(executor), expire(std::move(on_expiry)) {}

  boost::asio::steady_timer timer;
  std::function<void()> expire;
  SteadyTime deadline = SteadyTime::max();  // max: disarmed
  SteadyTime wakes_at = SteadyTime::max();  // max: the timer is not set
  std::uint64_t waits = 0;
  bool expired = false;

  static void wait(const std::shared_ptr<State>& state);
  static void fired(const std::shared_ptr<State>& state);
};

void Watchdog::State::wait(const std::shared_ptr<State>& state) {
  state->wakes_at = state->deadline;
  state->timer.expires_at(state->deadline);
  state->timer.async_wait([state, number = ++state->waits](const boost::system::error_code& error) {
    // An older wait may be queued as fired though the timer was set again since.
    if (!error && state->expire && number == state->waits) {
      fired(state);
    }
  });
}

void Watchdog::State::fired(const std::shared_ptr<State>& state) {
  state->wakes_at = SteadyTime::max();
  if (state->deadline == SteadyTime::max()) {
    return;
  }
  if (std::chrono::steady_clock::now() < state->deadline) {
    wait(state);
    return;
  }
  // What `expire` interrupts may be between two of its steps just now and miss it: once more then.
  state->deadline = std::chrono::steady_clock::now() + kRepeat;
  state->expired = true;
  wait(state);
  state->expire();
}

Watchdog::Watchdog(boost::asio::any_io_executor executor, std::function<void()> expire)
    : state_(std::make_shared<State>(executor, std::move(expire))) {}

Watchdog::~Watchdog() {
  state_->expire = nullptr;
  stop();
}

void Watchdog::arm(std::chrono::milliseconds timeout) {
  state_->expired = false;
  if (timeout == std::chrono::milliseconds::max()) {
    disarm();
    return;
  }
  state_->deadline = std::chrono::steady_clock::now() + timeout;
  if (state_->deadline < state_->wakes_at) {
    State::wait(state_);
  }
}

void Watchdog::disarm() { state_->deadline = SteadyTime::max(); }

bool Watchdog::expired() const { return state_->expired; }

void Watchdog::stop() {
  disarm();
  state_->wakes_at = SteadyTime::max();
  state_->timer.cancel();
}

}  // namespace headrace::http
