// One HTTP/1.1 connection: requests in, answers out, one after the other.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <expected>
#include <string>
#include <string_view>

#include "http/message.h"
#include "http/receive_buffer.h"
#include "http/request_body.h"
#include "http/request_parser.h"
#include "http/response_head.h"
#include "http/server.h"
#include "http/transport.h"

namespace headrace::http {

// What the sessions of a server share.
struct SessionShared {
  Handler handler;
  ServerLimits limits;
  std::atomic<bool> draining = false;
};

// Owned by the coroutine that serves it, lives on its socket's thread.
class Session {
 public:
  // `tls`: null for plain; it and `shared` outlive the session.
  Session(boost::asio::ip::tcp::socket socket, const SessionShared& shared,
          boost::asio::ssl::context* tls);

  // Returns once the connection is closed.
  boost::asio::awaitable<void> serve();
  // Answers the first request 503 and closes.
  boost::asio::awaitable<void> turn_away();

  // With `shared.draining` set: closes if it waits for a request, else after the answer.
  void drain();
  void abort();

 private:
  struct Incoming {
    Request request;
    Framing framing;
  };

  boost::asio::awaitable<bool> shake_hands();
  boost::asio::awaitable<std::expected<Incoming, Refusal>> receive_head();
  boost::asio::awaitable<bool> exchange();
  ResponseFraming frame(const Response& response, const Incoming& incoming,
                        const RequestBody& body) const;
  boost::asio::awaitable<bool> stream(BodySource source, ResponseFraming framing);
  boost::asio::awaitable<bool> send_chunk(std::string piece);
  boost::asio::awaitable<void> refuse(Refusal refusal);
  boost::asio::awaitable<void> part(bool request_was_read);

  const SessionShared& shared_;
  boost::asio::ssl::context* tls_;
  std::chrono::milliseconds idle_timeout_;
  std::chrono::milliseconds progress_timeout_;
  Transport transport_;
  ReceiveBuffer buffer_;
  HeadScanner scanner_;
  std::string head_;  // of the answer
  bool idle_ = false;
};

}  // namespace headrace::http
