// Threads for calls that block on the disk, so that I/O threads never do.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

#include "base/mutex.h"

namespace headrace::io {

class BlockingPool {
 public:
  explicit BlockingPool(std::size_t threads) : pool_(threads) {}
  ~BlockingPool() { pool_.join(); }

  // Runs `work` on a thread of the pool; nobody waits for it.
  void post(std::move_only_function<void()> work) {
    begin();
    boost::asio::post(pool_, [this, work = std::move(work)]() mutable {
      work();
      end();
    });
  }

  // Waits until nothing runs and nothing waits to run. Never from one of the pool's own threads.
  void wait_idle() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (under_way_ > 0) idle_.wait(mutex_);
  }

  // Runs `work` on a thread of the pool and returns its result on the caller's executor. `work`
  // must return a value and not throw. It is owned by the call: captures by value outlive it.
  template <typename Work>
  boost::asio::awaitable<std::invoke_result_t<Work&>> run(Work work) {
    using Value = std::invoke_result_t<Work&>;
    auto executor = co_await boost::asio::this_coro::executor;
    co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&,
                                                   void(std::exception_ptr, Value)>(
        [this, executor](auto handler, Work task) {
          post([executor, handler = std::move(handler), task = std::move(task)]() mutable {
            Value value = task();
            boost::asio::post(executor,
                              [handler = std::move(handler), value = std::move(value)]() mutable {
                                std::move(handler)(std::exception_ptr{}, std::move(value));
                              });
          });
        },
        boost::asio::use_awaitable, std::move(work));
  }

 private:
  void begin() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    ++under_way_;
  }
  void end() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (--under_way_ == 0) idle_.notify_all();
  }

  Mutex mutex_;
  Condition idle_;
  std::size_t under_way_ GUARDED_BY(mutex_) = 0;
  boost::asio::thread_pool pool_;
};

}  // namespace headrace::io
