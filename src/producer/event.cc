#include "producer/event.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <utility>

namespace headrace::producer {

namespace asio = boost::asio;

struct Event::Waiter {
  asio::any_io_executor executor;
  std::move_only_function<void()> resume;  // empty once it ran

  void wake() {
    if (resume) asio::post(executor, std::exchange(resume, nullptr));
  }
};

asio::awaitable<void> Event::wait(std::optional<MonotonicTime> deadline) {
  auto waiter = std::make_shared<Waiter>();
  waiter->executor = co_await asio::this_coro::executor;
  waiters_.push_back(waiter);
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
      [waiter, deadline, this](auto handler) {
        waiter->resume = [handler = std::move(handler)]() mutable { std::move(handler)(); };
        if (!deadline) return;
        clock_.call_at(*deadline,
                       [waiter] { asio::post(waiter->executor, [waiter] { waiter->wake(); }); });
      },
      asio::use_awaitable);
  std::erase(waiters_, waiter);
}

void Event::notify() {
  for (const auto& waiter : std::exchange(waiters_, {})) waiter->wake();
}

asio::awaitable<void> sleep_until(Clock& clock, MonotonicTime when) {
  Event event(clock);
  co_await event.wait(when);
}

}  // namespace headrace::producer
