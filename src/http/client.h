// An HTTP/1.1 client over one connection at a time, plain or TLS.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace headrace::http {

struct Url {
  bool tls = false;
  std::string host;  // without brackets when it is an IPv6 address
  std::uint16_t port = 80;
  std::string target = "/";  // path and query, as written

  // What the Host header says: the port is left out when it is the scheme's own.
  std::string authority() const;
};

// "http://" or "https://", host, optional port, path and query. kInvalidArgument otherwise.
Result<Url> parse_url(std::string_view text);

struct ClientOptions {
  // PEM file of authorities to trust; empty: the system's.
  std::string ca_file = {};
  std::chrono::milliseconds connect_timeout{10'000};  // name, TCP and TLS together
  std::chrono::milliseconds timeout{30'000};   // without progress, while sending or receiving
  std::size_t response_bytes_max = 64U << 20;  // body
};

// Content-Length, Host and Connection are the client's to add; all else is the caller's.
struct ClientRequest {
  std::string method = "POST";
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

struct ClientResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  // The first header of that name (any case), or an empty view.
  std::string_view header(std::string_view name) const;
};

// Takes a body piece by piece; the piece dies with the call. False: enough, the rest is not wanted.
using ClientBodySink = std::function<bool(std::string_view piece)>;

// One server, one connection: opened by the first send(), kept alive, opened again after it was
// closed or failed. One request at a time; for more at once the caller keeps several clients.
// Lives on the executor that it was given and must be destroyed there or after it has stopped.
class Client {
 public:
  Client(boost::asio::any_io_executor executor, Url url, ClientOptions options = {});
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  // Whatever the status, an answer is a success. Never sends a request twice: when it fails, the
  // server may or may not have acted. Errors: kUnavailable (no connection, or it broke),
  // kRequestTimeout, kRequestTooLarge (answer over response_bytes_max), kMalformedHttp,
  // kInvalidArgument (a certificate file that does not load, a header with a line break).
  boost::asio::awaitable<Result<ClientResponse>> send(ClientRequest request);
  // The body of an answer of status 200 goes to `sink` as it comes, however long it is, and is not
  // in the answer; that of any other status is. When `sink` has enough the connection is dropped
  // and the answer is a success. `sink` must not destroy the client.
  boost::asio::awaitable<Result<ClientResponse>> send(ClientRequest request, ClientBodySink sink);
  // Drops the connection; a send() in flight fails with kUnavailable.
  void close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace headrace::http
