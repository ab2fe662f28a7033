#include "http/peer_watch.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <span>
#include <utility>

namespace headrace::http {
namespace {

// Past this the client is not watched any more: it is busy sending requests.
constexpr std::size_t kReadAheadBytesMax = 8U << 10;

}  // namespace

PeerWatch::PeerWatch(Transport& transport, ReceiveBuffer& buffer, std::stop_source gone)
    : transport_(transport),
      buffer_(buffer),
      gone_(std::move(gone)),
      ended_(transport.executor()) {}

void PeerWatch::start() {
  watching_ = true;
  boost::asio::co_spawn(transport_.executor(), watch(), boost::asio::detached);
}

boost::asio::awaitable<void> PeerWatch::end() {
  ending_ = true;
  if (watching_) {
    transport_.interrupt();
  }
  while (watching_) {
    co_await ended_.wait();
  }
}

boost::asio::awaitable<void> PeerWatch::watch() {
  while (!ending_ && buffer_.bytes().size() < kReadAheadBytesMax) {
    const std::span<char> room = buffer_.room(kReadAheadBytesMax);
    const IoOutcome outcome =
        co_await transport_.read_some(room.data(), room.size(), Transport::kNever);
    buffer_.added(outcome.bytes);
    if (outcome.error) {
      if (!ending_) {
        gone_.request_stop();
      }
      break;
    }
  }
  watching_ = false;
  ended_.notify();
}

}  // namespace headrace::http
