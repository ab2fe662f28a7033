#include "http/connection.h"

#include <boost/asio/error.hpp>
#include <optional>
#include <span>
#include <utility>

#include "http/http2_session.h"
#include "http/http2_upgrade.h"
#include "http/session.h"

namespace headrace::http {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kBufferBytes = 8U << 10;
constexpr milliseconds kTurnAwayTimeout{2000};
// For the end of TLS to be acknowledged.
constexpr milliseconds kSilentLinger{100};

}  // namespace

Connection::Connection(boost::asio::ip::tcp::socket socket, const SessionShared& shared,
                       boost::asio::ssl::context* tls)
    : shared_(shared), tls_(tls), transport_(std::move(socket)) {}

Connection::~Connection() = default;

boost::asio::awaitable<void> Connection::serve() {
  const ServerLimits& limits = shared_.limits;
  const bool ready = co_await shake_hands(limits.progress_timeout);
  const Protocol protocol =
      ready ? co_await choose_protocol(limits.idle_timeout, limits.progress_timeout)
            : Protocol::kNone;
  if (protocol == Protocol::kHttp2) {
    co_await begin_http2().serve();
  } else if (protocol == Protocol::kHttp1) {
    http1_ = std::make_unique<Session>(transport_, buffer_, shared_, tls_ != nullptr);
    std::optional<Upgrade> upgrade = co_await http1_->serve();
    http1_.reset();
    if (upgrade) {
      co_await begin_http2().serve_upgraded(std::move(*upgrade));
    }
  }
  transport_.close();
}

boost::asio::awaitable<void> Connection::turn_away() {
  const bool ready = co_await shake_hands(kTurnAwayTimeout);
  const Protocol protocol =
      ready ? co_await choose_protocol(kTurnAwayTimeout, kTurnAwayTimeout) : Protocol::kNone;
  if (protocol == Protocol::kHttp2) {
    co_await begin_http2().turn_away();
  } else if (protocol == Protocol::kHttp1) {
    Session session(transport_, buffer_, shared_, tls_ != nullptr);
    co_await session.turn_away(kTurnAwayTimeout);
  }
  transport_.close();
}

void Connection::drain() {
  if (http1_) {
    http1_->drain();
  } else if (http2_) {
    http2_->drain();
  } else if (idle_) {
    transport_.interrupt();
  }
}

void Connection::cut_stuck() {
  if (http1_ && http1_->is_stuck()) {
    abort();
  } else if (http2_) {
    http2_->cut_stuck();
  }
}

void Connection::abort() {
  transport_.close();
  if (http1_) {
    http1_->abort();
  }
}

boost::asio::awaitable<bool> Connection::shake_hands(milliseconds timeout) {
  if (tls_ == nullptr) {
    co_return true;
  }
  const auto error = co_await transport_.accept_tls(*tls_, timeout);
  co_return !error;
}

// Receives as many bytes as tell.
boost::asio::awaitable<Connection::Protocol> Connection::choose_protocol(
    milliseconds idle_timeout, milliseconds progress_timeout) {
  if (!transport_.protocol().empty()) {
    co_return transport_.protocol() == "h2" ? Protocol::kHttp2 : Protocol::kHttp1;
  }
  Preface preface = Preface::kPartial;
  while (preface == Preface::kPartial) {
    idle_ = buffer_.empty();
    const bool leave = idle_ && shared_.draining.load(std::memory_order_relaxed);
    const std::span<char> room = buffer_.room(kBufferBytes);
    IoOutcome outcome{.error = boost::asio::error::operation_aborted, .bytes = 0};
    if (!leave) {
      outcome = co_await transport_.read_some(room.data(), room.size(),
                                              idle_ ? idle_timeout : progress_timeout);
    }
    idle_ = false;
    if (outcome.error && buffer_.empty()) {
      co_await transport_.finish(kSilentLinger);
      co_return Protocol::kNone;
    }
    if (outcome.error) {
      break;
    }
    buffer_.added(outcome.bytes);
    preface = sniff_preface(buffer_.bytes());
  }
  co_return preface == Preface::kHttp2 ? Protocol::kHttp2 : Protocol::kHttp1;
}

Http2Session& Connection::begin_http2() {
  http2_ = std::make_unique<Http2Session>(transport_, buffer_, shared_, tls_ != nullptr);
  return *http2_;
}

}  // namespace headrace::http
