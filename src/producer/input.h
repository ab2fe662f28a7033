// Reads files, one after another, in big pieces and without blocking the executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace headrace::producer {

inline constexpr std::size_t kPieceBytes = 256UL << 10;

// One reader at a time. "-" is standard input.
class Input {
 public:
  explicit Input(std::vector<std::string> paths);
  ~Input();
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  // The next bytes; empty: the end, or stop() was called. After the end the last file stays open,
  // and a further call gives what was added to it since (from its start if it became shorter).
  // The errors name the file.
  boost::asio::awaitable<Result<std::string>> next();
  // next() gives no more; one that waits for a pipe returns. Thread-safe.
  void stop();

 private:
  Result<std::string> read();
  Status open_next();
  Result<std::string> read_open();

  std::vector<std::string> paths_;
  std::size_t opened_ = 0;
  int file_ = -1;
  std::uint64_t offset_ = 0;  // in a regular file
  int stop_;                  // readable once stopped
  boost::asio::thread_pool thread_{1};
};

}  // namespace headrace::producer
