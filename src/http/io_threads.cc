#include "http/io_threads.h"

#include <pthread.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <thread>

#include "base/check.h"

namespace headrace::http {

struct IoThreads::Thread {
  // The hint says that one thread runs the context, so posting to it need not wake others.
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      context.get_executor()};
  std::thread thread;
};

IoThreads::IoThreads(std::size_t count) {
  CHECK(count > 0);
  for (std::size_t i = 0; i < count; ++i) {
    threads_.push_back(std::make_unique<Thread>());
  }
  for (std::size_t i = 0; i < count; ++i) {
    Thread& entry = *threads_[i];
    entry.thread = std::thread([&entry, i] {
      pthread_setname_np(pthread_self(), ("io-" + std::to_string(i)).c_str());
      entry.context.run();
    });
  }
}

IoThreads::~IoThreads() { stop(); }

boost::asio::any_io_executor IoThreads::executor(std::size_t index) const {
  CHECK(index < threads_.size());
  return threads_[index]->context.get_executor();
}

boost::asio::any_io_executor IoThreads::next() {
  return executor(turn_.fetch_add(1, std::memory_order_relaxed) % threads_.size());
}

void IoThreads::stop() {
  for (const auto& entry : threads_) {
    entry->context.stop();
  }
  for (const auto& entry : threads_) {
    if (entry->thread.joinable()) {
      entry->thread.join();
    }
  }
}

}  // namespace headrace::http
