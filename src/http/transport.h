// The bytes of one connection, plain or TLS, with a time limit on every wait.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/watchdog.h"

namespace boost::asio::ssl {
class context;  // NOLINT(readability-identifier-naming): asio's name
}  // namespace boost::asio::ssl

namespace headrace::http {

struct IoOutcome {
  boost::system::error_code error;
  std::size_t bytes = 0;
};

// Owned by a connection or a client, lives on the socket's executor; it outlives its pending calls.
// One reader and one writer may be under way at the same time, each with its own timeout; anything
// else needs the transport to itself. A timeout is the longest wait without progress; past it the
// call fails with asio's timed_out, a call under way in the other direction with operation_aborted,
// and the connection can still be used.
class Transport {
 public:
  explicit Transport(boost::asio::ip::tcp::socket socket);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  boost::asio::any_io_executor executor() const;

  using Timeout = std::chrono::milliseconds;
  // A read that waits for as long as it takes.
  static constexpr Timeout kNever = Timeout::max();

  boost::asio::awaitable<boost::system::error_code> connect(boost::asio::ip::tcp::endpoint endpoint,
                                                            Timeout timeout);
  // From now on TLS. `context` must outlive the transport.
  boost::asio::awaitable<boost::system::error_code> accept_tls(boost::asio::ssl::context& context,
                                                               Timeout timeout);
  // Verifies that the certificate names `host`; `context` says whom to trust.
  boost::asio::awaitable<boost::system::error_code> connect_tls(boost::asio::ssl::context& context,
                                                                std::string host, Timeout timeout);

  // What the handshake agreed upon by ALPN, "h2" for example; empty: nothing, or not TLS.
  std::string_view protocol() const;

  // What has arrived, without waiting; nothing when that is not known (always so with TLS).
  std::optional<IoOutcome> try_read(char* into, std::size_t size);
  // At least one byte; the end of the stream is asio's eof.
  boost::asio::awaitable<IoOutcome> read_some(char* into, std::size_t size, Timeout timeout);
  // All of both, in one call to the kernel when it takes them. The views outlive the call.
  boost::asio::awaitable<boost::system::error_code> write(std::string_view head,
                                                          std::string_view body, Timeout timeout);

  // Whether the peer has closed, or sent what nobody asked for, on a connection at rest.
  bool is_stale();
  // Says that nothing more will be sent; under TLS waits for the peer to say the same.
  boost::asio::awaitable<void> finish(Timeout timeout);
  // Reads and drops until the peer closes, for no longer than that: what it still sends would
  // otherwise make the kernel reset the connection and with it lose the end of an answer.
  boost::asio::awaitable<void> drop_input(Timeout at_most);
  // The pending calls fail; the connection can still be used.
  void interrupt();
  // Pending calls fail; nothing more can be done with it.
  void close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace headrace::http
