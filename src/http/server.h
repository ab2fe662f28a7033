// The HTTP server: plain on one port, TLS on another, HTTP/1.1 and HTTP/2 on both, every connection
// pinned to one of the I/O threads.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "http/io_threads.h"
#include "http/message.h"
#include "http/tls.h"

namespace headrace::http {

struct ServerLimits {
  // Connections past this many are answered 503 and closed.
  std::size_t connections_max = 10'000;
  std::chrono::milliseconds idle_timeout{60'000};      // between requests
  std::chrono::milliseconds progress_timeout{30'000};  // without a byte, inside a request or answer
  std::chrono::milliseconds drain_timeout{30'000};     // for requests in flight, in drain()
  // What a handler left of a body is read and dropped up to this; past it the connection closes.
  std::size_t dropped_body_bytes_max = 1U << 20;
};

struct ServerOptions {
  std::string listen = "127.0.0.1:4566";  // HOST:PORT or [IPV6]:PORT, port 0: any; empty: none
  std::string tls_listen = {};            // the same, needs `tls`
  std::optional<TlsIdentity> tls = {};
  ServerLimits limits = {};
};

// Owned by the program and destroyed before its IoThreads. Connections share the handler and may
// outlive the Server after a drain() that ran out of time. The handler runs on the connection's
// thread.
class Server {
 public:
  // Binds and starts to accept. kInvalidArgument: an address or certificate that does not parse;
  // kUnavailable: the port is in use or not permitted.
  static Result<std::unique_ptr<Server>> start(IoThreads& threads, ServerOptions options,
                                               Handler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // As bound; 0 when there is none.
  std::uint16_t port() const;
  std::uint16_t tls_port() const;
  std::size_t connections() const;

  // Stops accepting, closes idle connections, lets requests in flight finish for at most
  // drain_timeout, closes what is left and returns. An answer without a length that its client does
  // not take is given up after two seconds. False: handlers are still under way, and what
  // they wait for must not be destroyed. Blocks: never from an I/O thread. Once.
  bool drain();

 private:
  struct State;
  explicit Server(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace headrace::http
