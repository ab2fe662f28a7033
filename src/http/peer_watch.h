// Notices a client that goes away while an HTTP/1.1 answer waits for its next piece.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <stop_token>

#include "http/receive_buffer.h"
#include "http/signal.h"
#include "http/transport.h"

namespace headrace::http {

// Reads ahead into the connection's buffer, a bounded part of what follows the request, and says so
// when the client ends. Owned by the session for one answer whose request has been read; between
// start() and the return of end() nobody else reads. It lives on the connection's thread.
class PeerWatch {
 public:
  PeerWatch(Transport& transport, ReceiveBuffer& buffer, std::stop_source gone);

  void start();
  // The connection can then be read from again. Nobody may be writing.
  boost::asio::awaitable<void> end();

 private:
  boost::asio::awaitable<void> watch();

  Transport& transport_;
  ReceiveBuffer& buffer_;
  std::stop_source gone_;
  Signal ended_;
  bool watching_ = false;
  bool ending_ = false;
};

}  // namespace headrace::http
