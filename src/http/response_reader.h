// Answers as a client receives them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "http/client.h"
#include "http/receive_buffer.h"
#include "http/transport.h"

namespace headrace::http {

// The head of an answer without the bytes after it.
struct ResponseHead {
  ClientResponse response;
  std::int64_t content_length = -1;
  bool chunked = false;
  bool keep_alive = true;
};

// `head` as HeadScanner measured it. kMalformedHttp.
Result<ResponseHead> parse_response_head(std::string_view head);

// Owned by a client for one answer; borrows its transport and buffer.
class ResponseReader {
 public:
  // `sink` may be empty; otherwise it gets the body of an answer of status 200.
  ResponseReader(Transport& transport, ReceiveBuffer& buffer, std::chrono::milliseconds timeout,
                 std::size_t bytes_max, ClientBodySink sink = {})
      : transport_(transport),
        buffer_(buffer),
        timeout_(timeout),
        bytes_max_(bytes_max),
        sink_(std::move(sink)) {}

  // Errors: those of Client::send().
  boost::asio::awaitable<Result<ClientResponse>> read(bool head_only);
  // After read(): whether another request may follow.
  bool keep_alive() const { return keep_alive_; }

 private:
  boost::asio::awaitable<Result<ResponseHead>> read_head();
  boost::asio::awaitable<Status> read_sized(ResponseHead& head);
  boost::asio::awaitable<Status> read_chunked(ResponseHead& head);
  boost::asio::awaitable<Status> read_to_end(ResponseHead& head);
  boost::asio::awaitable<Status> read_sized_to_sink(ResponseHead& head);
  bool to_sink(const ResponseHead& head) const { return sink_ && head.response.status == 200; }
  // kCancelled: the sink has enough.
  Status take(ResponseHead& head, std::string_view piece);
  // More bytes into the buffer.
  boost::asio::awaitable<Status> receive();

  Transport& transport_;
  ReceiveBuffer& buffer_;
  std::chrono::milliseconds timeout_;
  std::size_t bytes_max_;
  ClientBodySink sink_;
  bool keep_alive_ = false;
  bool ended_ = false;
};

// What a failed send or receive means to the caller of a client.
Error client_error(const boost::system::error_code& error);

}  // namespace headrace::http
