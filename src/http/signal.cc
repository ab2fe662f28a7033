#include "http/signal.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace headrace::http {

boost::asio::awaitable<void> Signal::wait() {
  while (!notified_) {
    boost::system::error_code cancelled;
    waiting_ = true;
    co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
  }
  notified_ = waiting_ = false;
}

void Signal::notify() {
  notified_ = true;
  if (waiting_) {
    timer_.cancel();
  }
}

}  // namespace headrace::http
