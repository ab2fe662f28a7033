// The I/O threads: each runs an io_context of its own, so what lives on one needs no locks.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>
#include <vector>

namespace headrace::http {

// Owned by the server (or a test), started by its constructor. Thread-safe.
class IoThreads {
 public:
  explicit IoThreads(std::size_t count);
  // Stops; what is still suspended on the threads is destroyed.
  ~IoThreads();
  IoThreads(const IoThreads&) = delete;
  IoThreads& operator=(const IoThreads&) = delete;

  std::size_t size() const { return threads_.size(); }
  boost::asio::any_io_executor executor(std::size_t index) const;
  // Round robin over all of them.
  boost::asio::any_io_executor next();
  // Handlers that are running finish, no further one starts, the threads end. Their executors take
  // handlers still, which never run. Never from one of the threads.
  void stop();

 private:
  struct Thread;
  std::vector<std::unique_ptr<Thread>> threads_;
  std::atomic<std::size_t> turn_ = 0;
};

}  // namespace headrace::http
