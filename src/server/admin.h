// The admin API under /_headrace/: what a test or an operator asks of the server itself.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "http/message.h"
#include "io/blocking_pool.h"
#include "io/manual_clock.h"

namespace headrace::server {

// Owned by the server. Thread-safe.
//
// GET health: {"status":"ok","version":"0.1.0"}. GET clock: {"now_ms":..,"virtual":..}; POST clock
// {"advance_ms":n} moves a virtual clock and answers as GET does once what fell due has happened.
// GET metrics: Prometheus's text (server/metrics.h).
// All else is 404, a wrong method 405, a body that does not parse 400; other answers are JSON.
class Admin {
 public:
  // `manual` is `clock` itself under --clock virtual, else null.
  Admin(Clock& clock, io::ManualClock* manual, io::BlockingPool& pool,
        std::function<std::string()> metrics)
      : clock_(clock), manual_(manual), pool_(pool), metrics_(std::move(metrics)) {}

  boost::asio::awaitable<http::Response> answer(std::string method, std::string path,
                                                std::string body);

 private:
  boost::asio::awaitable<http::Response> advance(std::string body);
  http::Response show_clock() const;

  Clock& clock_;
  io::ManualClock* manual_;
  io::BlockingPool& pool_;
  std::function<std::string()> metrics_;
  io::BlockingPool hands_{1};  // moves the clock, and waits for the pool meanwhile
};

}  // namespace headrace::server
