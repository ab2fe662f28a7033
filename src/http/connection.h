// One connection of the server, from its handshake to its end, in whichever protocol it speaks.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <memory>

#include "http/receive_buffer.h"
#include "http/session_shared.h"
#include "http/transport.h"

namespace headrace::http {

class Http2Session;
class Session;

// HTTP/1.1 and HTTP/2 share each port. Under TLS the handshake decides when it agreed on a
// protocol; else, and on plain connections, the first bytes do, and an HTTP/1.1 request may ask to
// go on in HTTP/2. Owned by the coroutine that serves it, lives on its socket's thread.
class Connection {
 public:
  // `tls`: null for plain; it and `shared` outlive the connection.
  Connection(boost::asio::ip::tcp::socket socket, const SessionShared& shared,
             boost::asio::ssl::context* tls);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Returns once the connection is closed and no handler of it is under way.
  boost::asio::awaitable<void> serve();
  // The same, but the first request is answered 503, or refused in HTTP/2's way.
  boost::asio::awaitable<void> turn_away();

  // With `shared.draining` set: closes if it is at rest, else after the answers under way.
  void drain();
  // After drain(): gives up on answers without a length that the client does not take.
  void cut_stuck();
  // Closes at once.
  void abort();

 private:
  enum class Protocol : std::uint8_t { kNone, kHttp1, kHttp2 };

  boost::asio::awaitable<bool> shake_hands(std::chrono::milliseconds timeout);
  boost::asio::awaitable<Protocol> choose_protocol(std::chrono::milliseconds idle_timeout,
                                                   std::chrono::milliseconds progress_timeout);
  Http2Session& begin_http2();

  const SessionShared& shared_;
  boost::asio::ssl::context* tls_;
  Transport transport_;
  ReceiveBuffer buffer_;
  std::unique_ptr<Session> http1_;
  std::unique_ptr<Http2Session> http2_;
  bool idle_ = false;  // before the first byte
};

}  // namespace headrace::http
