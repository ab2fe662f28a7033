// One HTTP/1.1 connection: requests in, answers out, one after the other.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <expected>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "http/message.h"
#include "http/receive_buffer.h"
#include "http/request_body.h"
#include "http/request_parser.h"
#include "http/response_head.h"
#include "http/session_shared.h"
#include "http/transport.h"

namespace headrace::http {

// A request that asked, rightly, to go on in HTTP/2 (RFC 7540 section 3.2), and was told 101.
struct Upgrade {
  Request request;
  std::string body;
  std::string settings;  // the payload of a SETTINGS frame, as the client's header gave it
};

// Owned by its connection, whose transport and buffer it borrows; lives on its thread.
class Session {
 public:
  // `buffer` may hold the beginning of the first request.
  Session(Transport& transport, ReceiveBuffer& buffer, const SessionShared& shared, bool secure);

  // Returns when the connection is to be closed, or goes on in HTTP/2.
  boost::asio::awaitable<std::optional<Upgrade>> serve();
  // Answers the first request 503; gives up on a client that takes longer than `timeout`.
  boost::asio::awaitable<void> turn_away(std::chrono::milliseconds timeout);

  // With `shared.draining` set: ends if it waits for a request, else after the answer, which is
  // told to stop.
  void drain();
  // Whether a piece of an answer without a length waits for the client to take it.
  bool is_stuck() const { return stuck_; }
  // Tells the answer under way to stop; the transport is closed already.
  void abort();

 private:
  struct Incoming {
    Request request;
    Framing framing;
  };

  boost::asio::awaitable<std::expected<Incoming, Refusal>> receive_head();
  boost::asio::awaitable<bool> exchange();
  boost::asio::awaitable<bool> upgrade(Incoming& incoming, RequestBody& body);
  boost::asio::awaitable<bool> send_source(Response& response, ResponseFraming framing,
                                           bool body_is_read);
  ResponseFraming frame(const Response& response, const Incoming& incoming,
                        const RequestBody& body) const;
  boost::asio::awaitable<bool> stream(BodySource source, ResponseFraming framing);
  boost::asio::awaitable<bool> send_chunk(std::string piece);
  boost::asio::awaitable<void> refuse(Refusal refusal);
  boost::asio::awaitable<void> part(bool request_was_read);

  Transport& transport_;
  ReceiveBuffer& buffer_;
  const SessionShared& shared_;
  bool secure_;
  std::chrono::milliseconds idle_timeout_;
  std::chrono::milliseconds progress_timeout_;
  HeadScanner scanner_;
  std::string head_;  // of the answer
  bool idle_ = false;
  bool stuck_ = false;
  std::stop_source stop_;  // the client is gone, or the server drains: either is for good
  std::optional<Upgrade> upgrade_;
};

}  // namespace headrace::http
