#include "storage/commit.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <functional>
#include <optional>
#include <utility>

#include "base/mutex.h"

namespace headrace::storage {

namespace asio = boost::asio;

struct CommitTicket::State {
  Mutex mutex;
  std::optional<Result<Committed>> outcome GUARDED_BY(mutex);
  std::move_only_function<void(Result<Committed>)> resume GUARDED_BY(mutex);

  void complete(Result<Committed> result) EXCLUDES(mutex) {
    std::move_only_function<void(Result<Committed>)> waiting;
    {
      MutexLock lock(mutex);
      if (!resume) {
        outcome = std::move(result);
        return;
      }
      waiting = std::move(resume);
    }
    waiting(std::move(result));
  }

  void when_complete(std::move_only_function<void(Result<Committed>)> waiting) EXCLUDES(mutex) {
    std::optional<Result<Committed>> known;
    {
      MutexLock lock(mutex);
      if (!outcome) {
        resume = std::move(waiting);
        return;
      }
      known = std::move(outcome);
    }
    waiting(std::move(*known));
  }
};

CommitTicket::CommitTicket(Store& store, Entry entry) : state_(std::make_shared<State>()) {
  store.submit(std::move(entry),
               [state = state_](Result<Committed> result) { state->complete(std::move(result)); });
}

asio::awaitable<Result<Committed>> CommitTicket::wait() {
  auto executor = co_await asio::this_coro::executor;
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&,
                                          void(std::exception_ptr, Result<Committed>)>(
      [state = state_, executor](auto handler) {
        state->when_complete(
            [executor, handler = std::move(handler)](Result<Committed> result) mutable {
              asio::post(executor,
                         [handler = std::move(handler), result = std::move(result)]() mutable {
                           std::move(handler)(std::exception_ptr{}, std::move(result));
                         });
            });
      },
      asio::use_awaitable);
}

asio::awaitable<Result<Committed>> commit(Store& store, Entry entry) {
  CommitTicket ticket(store, std::move(entry));
  co_return co_await ticket.wait();
}

}  // namespace headrace::storage
