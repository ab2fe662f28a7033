// One request and its answer on an HTTP/2 connection.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>

#include "http/http2_body.h"
#include "http/http2_head.h"
#include "http/message.h"
#include "http/signal.h"

namespace headrace::http {

// Owned by its session, from the first byte of the head until both nghttp2 and the coroutine that
// answers are done with it; by that coroutine too, whose handler uses it to its end.
struct Http2Stream {
  Http2Stream(Http2Input& input, const boost::asio::any_io_executor& executor, std::int32_t number)
      : id(number), signal(executor), body(input, number, signal) {}

  std::int32_t id;
  Http2RequestHead head;  // while it is received
  Request request;
  Signal signal;  // the answering coroutine's: the body went on, the answer did, the stream closed
  Http2Body body;
  std::stop_source stop;
  std::chrono::steady_clock::time_point progress_at;  // the last byte in either direction

  // The part of the answer's body that nghttp2 may take now.
  std::string piece;
  std::size_t taken = 0;    // of it
  bool last_piece = false;  // the body ends with it
  bool endless = false;     // the answer has no length
  bool deferred = false;    // nghttp2 waits to be told of more

  bool head_complete = false;
  bool running = false;   // its coroutine
  bool sent = false;      // the end of the answer is in the session's output
  bool declined = false;  // once it is, the client is told to send no more
  bool closed = false;    // for nghttp2

  std::size_t left() const { return piece.size() - taken; }
};

}  // namespace headrace::http
