#include "http/transport.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace headrace::http {
namespace {

namespace asio = boost::asio;
using boost::asio::redirect_error;
using boost::system::error_code;

// What one TLS record holds.
constexpr std::size_t kRecordBytesMax = 16U << 10;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

error_code system_error(int error) { return {error, boost::system::system_category()}; }

}  // namespace

struct Transport::State {
  explicit State(asio::ip::tcp::socket connection)
      : socket(std::move(connection)),
        reading(socket.get_executor(), [this] { cancel(); }),
        writing(socket.get_executor(), [this] { cancel(); }) {}

  asio::ip::tcp::socket socket;
  std::unique_ptr<asio::ssl::stream<asio::ip::tcp::socket&>> tls;
  Watchdog reading;
  Watchdog writing;

  void cancel() {
    error_code ignored;
    socket.cancel(ignored);
  }

  // The outcome of a wait that `watchdog` may have ended.
  static error_code settle(Watchdog& watchdog, error_code error) {
    watchdog.disarm();
    return error && watchdog.expired() ? error_code(asio::error::timed_out) : error;
  }

  asio::awaitable<error_code> handshake(asio::ssl::stream_base::handshake_type side,
                                        Timeout timeout);
  asio::awaitable<error_code> write_all(std::string_view bytes, Timeout timeout);
  // Gives what it could without waiting: bytes sent, or an error.
  IoOutcome send_now(std::string_view head, std::string_view body);
};

asio::awaitable<error_code> Transport::State::handshake(asio::ssl::stream_base::handshake_type side,
                                                        Timeout timeout) {
  error_code error;
  reading.arm(timeout);
  co_await tls->async_handshake(side, redirect_error(asio::use_awaitable, error));
  co_return settle(reading, error);
}

asio::awaitable<error_code> Transport::State::write_all(std::string_view bytes, Timeout timeout) {
  while (!bytes.empty()) {
    error_code error;
    writing.arm(timeout);
    const asio::const_buffer buffer(bytes.data(), bytes.size());
    std::size_t sent = 0;
    if (tls) {
      sent = co_await tls->async_write_some(buffer, redirect_error(asio::use_awaitable, error));
    } else {
      sent = co_await socket.async_write_some(buffer, redirect_error(asio::use_awaitable, error));
    }
    error = settle(writing, error);
    if (error) {
      co_return error;
    }
    bytes.remove_prefix(sent);
  }
  co_return error_code();
}

IoOutcome Transport::State::send_now(std::string_view head, std::string_view body) {
  // The kernel's interface is not const-correct; it does not write to what it sends.
  std::array<iovec, 2> parts{{{const_cast<char*>(head.data()), head.size()},
                              {const_cast<char*>(body.data()), body.size()}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = body.empty() ? 1 : 2;
  const ssize_t sent = ::sendmsg(socket.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0) {
    return {.error = {}, .bytes = static_cast<std::size_t>(sent)};
  }
  return {.error = would_block(errno) ? error_code() : system_error(errno), .bytes = 0};
}

Transport::Transport(asio::ip::tcp::socket socket)
    : state_(std::make_unique<State>(std::move(socket))) {
  if (state_->socket.is_open()) {
    error_code ignored;
    state_->socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  }
}

Transport::~Transport() = default;

asio::any_io_executor Transport::executor() const { return state_->socket.get_executor(); }

asio::awaitable<error_code> Transport::connect(asio::ip::tcp::endpoint endpoint, Timeout timeout) {
  error_code error;
  state_->writing.arm(timeout);
  co_await state_->socket.async_connect(endpoint, redirect_error(asio::use_awaitable, error));
  error = State::settle(state_->writing, error);
  if (!error) {
    state_->socket.set_option(asio::ip::tcp::no_delay(true), error);
  }
  co_return error;
}

asio::awaitable<error_code> Transport::accept_tls(asio::ssl::context& context, Timeout timeout) {
  state_->tls =
      std::make_unique<asio::ssl::stream<asio::ip::tcp::socket&>>(state_->socket, context);
  return state_->handshake(asio::ssl::stream_base::server, timeout);
}

asio::awaitable<error_code> Transport::connect_tls(asio::ssl::context& context, std::string host,
                                                   Timeout timeout) {
  state_->tls =
      std::make_unique<asio::ssl::stream<asio::ip::tcp::socket&>>(state_->socket, context);
  error_code is_name;
  asio::ip::make_address(host, is_name);
  if (is_name) {
    SSL_set_tlsext_host_name(state_->tls->native_handle(), host.c_str());
  }
  error_code error;
  state_->tls->set_verify_callback(asio::ssl::host_name_verification(host), error);
  if (error) {
    co_return error;
  }
  co_return co_await state_->handshake(asio::ssl::stream_base::client, timeout);
}

std::string_view Transport::protocol() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  if (state_->tls) {
    SSL_get0_alpn_selected(state_->tls->native_handle(), &name, &size);
  }
  return {reinterpret_cast<const char*>(name), size};
}

std::optional<IoOutcome> Transport::try_read(char* into, std::size_t size) {
  if (state_->tls) {
    return std::nullopt;
  }
  const ssize_t got = ::recv(state_->socket.native_handle(), into, size, MSG_DONTWAIT);
  if (got > 0) {
    return IoOutcome{.error = {}, .bytes = static_cast<std::size_t>(got)};
  }
  if (got == 0) {
    return IoOutcome{.error = asio::error::eof, .bytes = 0};
  }
  if (would_block(errno)) {
    return std::nullopt;
  }
  return IoOutcome{.error = system_error(errno), .bytes = 0};
}

asio::awaitable<IoOutcome> Transport::read_some(char* into, std::size_t size, Timeout timeout) {
  IoOutcome outcome;
  state_->reading.arm(timeout);
  const asio::mutable_buffer buffer(into, size);
  if (state_->tls) {
    outcome.bytes = co_await state_->tls->async_read_some(
        buffer, redirect_error(asio::use_awaitable, outcome.error));
  } else {
    outcome.bytes = co_await state_->socket.async_read_some(
        buffer, redirect_error(asio::use_awaitable, outcome.error));
  }
  outcome.error = State::settle(state_->reading, outcome.error);
  co_return outcome;
}

asio::awaitable<error_code> Transport::write(std::string_view head, std::string_view body,
                                             Timeout timeout) {
  if (state_->tls && head.empty()) {
    co_return co_await state_->write_all(body, timeout);
  }
  if (state_->tls) {
    // Head and the start of the body share a record: one packet for a small answer.
    const std::size_t shared =
        head.size() < kRecordBytesMax ? std::min(body.size(), kRecordBytesMax - head.size()) : 0;
    const std::string first = std::string(head).append(body.substr(0, shared));
    const error_code error = co_await state_->write_all(first, timeout);
    co_return error ? error : co_await state_->write_all(body.substr(shared), timeout);
  }
  const IoOutcome sent = state_->send_now(head, body);
  if (sent.error) {
    co_return sent.error;
  }
  const std::size_t of_head = std::min(sent.bytes, head.size());
  head.remove_prefix(of_head);
  body.remove_prefix(sent.bytes - of_head);
  if (!head.empty()) {
    const error_code error = co_await state_->write_all(head, timeout);
    if (error) {
      co_return error;
    }
  }
  co_return body.empty() ? error_code() : co_await state_->write_all(body, timeout);
}

bool Transport::is_stale() {
  if (!state_->socket.is_open()) {
    return true;
  }
  pollfd entry{.fd = state_->socket.native_handle(), .events = POLLIN | POLLRDHUP, .revents = 0};
  if (::poll(&entry, 1, 0) <= 0) {
    return false;
  }
  // Under TLS a readable socket may hold session tickets only.
  const int bad = POLLRDHUP | POLLHUP | POLLERR | (state_->tls ? 0 : POLLIN);
  return (entry.revents & bad) != 0;
}

asio::awaitable<void> Transport::finish(Timeout timeout) {
  error_code ignored;
  if (state_->tls) {
    state_->reading.arm(timeout);
    co_await state_->tls->async_shutdown(redirect_error(asio::use_awaitable, ignored));
    state_->reading.disarm();
  }
  state_->socket.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> Transport::drop_input(Timeout at_most) {
  std::array<char, 16384> dropped;
  error_code error;
  state_->reading.arm(at_most);
  while (!error) {
    co_await state_->socket.async_read_some(asio::buffer(dropped),
                                            redirect_error(asio::use_awaitable, error));
    error = error ? error : state_->reading.expired() ? asio::error::timed_out : error_code();
  }
  state_->reading.disarm();
}

void Transport::interrupt() { state_->cancel(); }

void Transport::close() {
  state_->reading.stop();
  state_->writing.stop();
  error_code ignored;
  state_->socket.close(ignored);
}

}  // namespace headrace::http
