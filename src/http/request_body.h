// The body of a request as it comes in over HTTP/1.1.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/chunked.h"
#include "http/message.h"
#include "http/receive_buffer.h"
#include "http/request_parser.h"
#include "http/transport.h"

namespace headrace::http {

// Owned by the session for one request; borrows its transport and buffer.
class RequestBody final : public Body {
 public:
  RequestBody(Transport& transport, ReceiveBuffer& buffer, const Framing& framing,
              std::chrono::milliseconds progress_timeout);

  boost::asio::awaitable<Result<std::string_view>> next() override;
  boost::asio::awaitable<Result<std::string>> all(std::size_t limit) override;
  std::int64_t declared_size() const override { return framing_.content_length; }
  std::string_view trailer(std::string_view name) const override { return chunks_.trailer(name); }

  // Whether the connection stands at the next request.
  bool finished() const { return finished_; }
  // Whether it may get there: neither failed, nor larger than `bytes_max`, nor held back by a
  // client that waits for "100 Continue".
  bool can_finish(std::size_t bytes_max) const;
  // Reads the rest; false: it is over `bytes_max` or failed.
  boost::asio::awaitable<bool> drop(std::size_t bytes_max);

 private:
  std::string_view take();
  boost::asio::awaitable<void> receive_piece();
  // Into `into`, however much comes; 0 and failure_ when nothing does.
  boost::asio::awaitable<std::size_t> receive(char* into, std::size_t size);

  Transport& transport_;
  ReceiveBuffer& buffer_;
  Framing framing_;
  std::chrono::milliseconds progress_timeout_;
  std::uint64_t left_ = 0;  // of a body with Content-Length
  ChunkedDecoder chunks_;
  bool finished_ = false;
  bool awaits_continue_ = false;
  std::optional<Error> failure_;
};

}  // namespace headrace::http
