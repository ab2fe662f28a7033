// Calls that go on until there is an answer to work with.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "producer/aws_client.h"
#include "producer/event.h"

namespace headrace::producer {

struct Patience {
  std::chrono::milliseconds backoff_base{100};
  std::chrono::milliseconds backoff_max{5'000};
  std::chrono::milliseconds give_up_after{300'000};  // of failures in a row
};

// Failures in a row, and the waits after them: full jitter below a bound that doubles.
class Backoff {
 public:
  Backoff(const Patience& patience, Clock& clock, Random& random)
      : patience_(patience), clock_(clock), random_(random), began_(clock.monotonic_now()) {}

  void reset();
  bool exhausted() const { return clock_.monotonic_now() - began_ >= patience_.give_up_after; }
  // When to try again; counts a failure.
  MonotonicTime next();

 private:
  Patience patience_;
  Clock& clock_;
  Random& random_;
  MonotonicTime began_;
  unsigned failures_ = 0;
};

// Told once when a limit of AWS's makes a call wait: it may wait for minutes, and in vain.
using Warn = std::function<void(std::string_view what)>;

// Lives on its client's executor, as does `stop`.
class RetryingClient {
 public:
  RetryingClient(AwsClient& client, Patience patience, Clock& clock, Random& random, Event& stop,
                 Warn warn)
      : client_(client),
        patience_(patience),
        clock_(clock),
        random_(random),
        stop_(stop),
        warn_(std::move(warn)) {}

  // Calls until there is an answer that is a success or does not get better, or patience ends, or
  // stopped().
  boost::asio::awaitable<Result<Answer>> call(std::string operation, std::string body);
  void stop() { stopped_ = true; }
  // Of an answer after which the call is tried again, here or by the owner.
  void warn_of(const Answer& answer);

 private:
  AwsClient& client_;
  Patience patience_;
  Clock& clock_;
  Random& random_;
  Event& stop_;
  Warn warn_;  // empty: nobody wants to know, or knows
  bool stopped_ = false;
};

}  // namespace headrace::producer
