// HTTP requests and responses as plain values, whatever the protocol version underneath.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace headrace::http {

// Names compare without case. Views point into the owning Request's `storage`. Of an HTTP/2 request
// ":authority" is among the headers, and "host" with the same value, sent or not.
struct HeaderView {
  std::string_view name;
  std::string_view value;
};

struct Request {
  std::string_view method;
  std::string_view target;  // as sent: path and query, still percent-encoded
  std::string_view path;    // target up to '?'
  std::string_view query;   // after '?', without it
  std::vector<HeaderView> headers;
  bool secure = false;  // arrived over TLS
  // Requested when the answer, or what is left of it, is wanted no more: the client has gone away
  // or has given this request up, or the server drains. Who may wait for long (an answer that goes
  // on for minutes) must watch it, with a std::stop_callback that ends the wait; nobody else needs
  // to, for a handler is never cut short. A source that then ends does so properly: a client that
  // is still there sees a whole answer. It is requested on the connection's thread, where handler
  // and source run. Over HTTP/1.1 a client that goes away is noticed only while an answer without a
  // source_size is sent; one that closes its sending half counts as gone.
  std::stop_token stop;
  // What the views above point into; a vector because moving it keeps its address.
  std::vector<char> storage;

  // The first header of that name (any case), or an empty view.
  std::string_view header(std::string_view name) const;
  bool has_header(std::string_view name) const;
};

// The body of a request, with the transfer coding already removed.
//
// Implementations: HTTP/1.1's, HTTP/2's, and StringBody. Single reader. What is not read holds the
// client back.
class Body {
 public:
  virtual ~Body() = default;
  // The next piece, never empty before the end; an empty view is the end. The view dies with the
  // next call. Sends "100 Continue" first when the client waits for it. Errors: kIncompleteBody
  // (the client went away or framed it wrongly), kRequestTimeout.
  virtual boost::asio::awaitable<Result<std::string_view>> next() = 0;
  // Content-Length, when the client gave one.
  virtual std::int64_t declared_size() const = 0;  // -1: unknown
  // A trailer field that followed the body (name in any case), once next() gave the end; an empty
  // view when there is none.
  virtual std::string_view trailer(std::string_view /*name*/) const { return {}; }
  // What read_all() does; the session's own receives straight into the string.
  virtual boost::asio::awaitable<Result<std::string>> all(std::size_t limit);
};

class StringBody final : public Body {
 public:
  explicit StringBody(std::string bytes) : bytes_(std::move(bytes)) {}
  boost::asio::awaitable<Result<std::string_view>> next() override;
  std::int64_t declared_size() const override { return static_cast<std::int64_t>(bytes_.size()); }

 private:
  std::string bytes_;
  bool done_ = false;
};

// Reads all that is left of `body`; kRequestTooLarge past `limit` bytes (the rest stays unread).
boost::asio::awaitable<Result<std::string>> read_all(Body& body, std::size_t limit);

// Pulled by the session while it sends, one piece at a time and none while the client does not take
// the last: the next piece of a body, empty at the end. An error after the head went out closes the
// connection (HTTP/2: resets the stream), so that the client sees a truncated body.
using BodySource = std::function<boost::asio::awaitable<Result<std::string>>()>;

// Date, Content-Length, Transfer-Encoding and Connection are the session's to add.
struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // When set, `body` is not used. `source_size` is its exact length in bytes, or -1: chunked.
  BodySource source;
  std::int64_t source_size = -1;
  // Close the connection after this response; over HTTP/2 once those under way are sent as well.
  bool close = false;

  // For HEAD and 304: what Content-Length says though no body is sent; -1: the body's size.
  std::int64_t content_length = -1;
};

// Answers one request. Never fails: errors are responses. Reads as much of the body as it wants;
// the session drains or drops the rest.
using Handler = std::function<boost::asio::awaitable<Response>(Request& request, Body& body)>;

}  // namespace headrace::http
