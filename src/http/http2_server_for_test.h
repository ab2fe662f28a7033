// A server whose handlers do what the tests of HTTP/2 need, told by the path.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "http/io_threads.h"
#include "http/message.h"
#include "http/server.h"
#include "http/tls.h"

namespace headrace::http {

// Of the answer to /large, which one write takes whole.
inline constexpr std::size_t kLargeBytes = 120'000;

// What handlers and the test tell each other.
struct Stage {
  std::atomic<int> entered = 0;    // handlers that wait
  std::atomic<int> stopped = 0;    // waits that the request's stop ended
  std::atomic<int> pulled = 0;     // pieces of the endless answer
  std::atomic<bool> open = false;  // the waits may end

  void wait_for(const std::atomic<int>& counter, int value) {
    while (counter < value) {
      std::this_thread::yield();
    }
  }
};

boost::asio::awaitable<Response> handle_on_stage(Stage& stage, Request& request, Body& body);

struct Http2Fixture {
  explicit Http2Fixture(ServerLimits limits = {}, bool tls = false) {
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.limits = limits;
    if (tls) {
      std::string name = (std::filesystem::temp_directory_path() / "headrace-h2-XXXXXX").string();
      directory = ::mkdtemp(name.data());
      options.tls_listen = "127.0.0.1:0";
      options.tls = *local_identity(directory, {1'800'000'000'000});
    }
    auto started =
        Server::start(threads, options, std::bind_front(handle_on_stage, std::ref(stage)));
    EXPECT_TRUE(started.has_value());
    server = std::move(*started);
  }
  ~Http2Fixture() {
    if (!directory.empty()) {
      std::filesystem::remove_all(directory);
    }
  }
  Http2Fixture(const Http2Fixture&) = delete;
  Http2Fixture& operator=(const Http2Fixture&) = delete;

  std::uint16_t port() const { return server->port(); }
  std::uint16_t tls_port() const { return server->tls_port(); }
  void wait_until_empty() const {
    while (server->connections() > 0) {
      std::this_thread::yield();
    }
  }

  Stage stage;
  std::string directory;
  IoThreads threads{2};
  std::unique_ptr<Server> server;
};

}  // namespace headrace::http
