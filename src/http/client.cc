#include "http/client.h"

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <optional>

#include "http/fields.h"
#include "http/response_reader.h"
#include "http/tls_context.h"
#include "http/transport.h"
#include "http/watchdog.h"

namespace headrace::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::size_t kBufferBytes = 8U << 10;

bool is_safe(const ClientRequest& request) {
  return is_token(request.method) && is_target(request.target) &&
         std::ranges::all_of(request.headers, [](const auto& field) {
           return is_token(field.first) && is_field_value(field.second);
         });
}

std::string request_head(const ClientRequest& request, const Url& url) {
  std::string head = request.method;
  head.append(" ").append(request.target).append(" HTTP/1.1\r\nHost: ").append(url.authority());
  head.append("\r\n");
  for (const auto& [name, value] : request.headers) {
    head.append(name).append(": ").append(value).append("\r\n");
  }
  // A server may wait for a body after these unless it is told that there is none.
  const bool says_length =
      !request.body.empty() || request.method == "POST" || request.method == "PUT";
  if (says_length) {
    head.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  }
  return head.append("\r\n");
}

// What is left until `limit`, at least a moment.
milliseconds until(SteadyTime limit) {
  const auto left =
      std::chrono::duration_cast<milliseconds>(limit - std::chrono::steady_clock::now());
  return std::max(left, milliseconds(1));
}

asio::awaitable<Result<std::vector<tcp::endpoint>>> resolve(Url url, SteadyTime limit) {
  std::vector<tcp::endpoint> endpoints;
  error_code error;
  const auto address = asio::ip::make_address(url.host, error);
  if (!error) {
    endpoints.emplace_back(address, url.port);
    co_return endpoints;
  }
  auto resolver = std::make_shared<tcp::resolver>(co_await asio::this_coro::executor);
  Watchdog watchdog(resolver->get_executor(), [resolver] { resolver->cancel(); });
  watchdog.arm(until(limit));
  error.clear();
  const auto found = co_await resolver->async_resolve(
      url.host, std::to_string(url.port), asio::redirect_error(asio::use_awaitable, error));
  if (error) {
    co_return fail(ErrorCode::kUnavailable, "no address for " + url.host + ": " + error.message());
  }
  for (const auto& entry : found) {
    endpoints.push_back(entry.endpoint());
  }
  co_return endpoints;
}

}  // namespace

std::string Url::authority() const {
  const bool is_v6 = host.contains(':');
  std::string text = is_v6 ? "[" + host + "]" : host;
  if (port != (tls ? 443 : 80)) {
    text.append(":").append(std::to_string(port));
  }
  return text;
}

Result<Url> parse_url(std::string_view text) {
  const auto invalid = [text] {
    return fail(ErrorCode::kInvalidArgument, "'" + std::string(text) + "' is not an http(s) URL");
  };
  Url url;
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos || !is_target(text)) {
    return invalid();
  }
  url.tls = same_name(text.substr(0, scheme), "https");
  if (!url.tls && !same_name(text.substr(0, scheme), "http")) {
    return invalid();
  }
  url.port = url.tls ? 443 : 80;
  const std::string_view rest = text.substr(scheme + 3);
  const std::size_t path = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, path);
  if (path < rest.size()) {
    url.target = (rest[path] == '?' ? "/" : "") + std::string(rest.substr(path));
  }
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', authority.starts_with('[') ? bracket : 0);
  if (colon != std::string_view::npos) {
    const std::string_view digits = authority.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), url.port);
    if (error != std::errc() || end != digits.end() || url.port == 0) {
      return invalid();
    }
    authority = authority.substr(0, colon);
  }
  if (authority.starts_with('[') && authority.ends_with(']')) {
    authority = authority.substr(1, authority.size() - 2);
  }
  url.host = authority;
  if (authority.empty() || authority.find_first_of("[]@,\\") != std::string_view::npos) {
    return invalid();
  }
  return url;
}

std::string_view ClientResponse::header(std::string_view name) const {
  for (const auto& [field, value] : headers) {
    if (same_name(field, name)) {
      return value;
    }
  }
  return {};
}

struct Client::State {
  State(asio::any_io_executor on, Url to, ClientOptions with)
      : executor(std::move(on)), url(std::move(to)), options(std::move(with)) {}

  asio::any_io_executor executor;
  Url url;
  ClientOptions options;
  std::unique_ptr<asio::ssl::context> tls;
  std::unique_ptr<Transport> transport;
  ReceiveBuffer buffer;
  bool closed = false;  // by close(), while a send() is on its way

  asio::awaitable<Status> connect();
  asio::awaitable<Status> connect_to(tcp::endpoint endpoint, SteadyTime limit);
  asio::awaitable<Result<ClientResponse>> exchange(ClientRequest request, ClientBodySink sink);
};

asio::awaitable<Status> Client::State::connect() {
  buffer = ReceiveBuffer();
  if (url.tls && !tls) {
    CO_ASSIGN_OR_RETURN(tls, client_context(options.ca_file));
  }
  const SteadyTime limit = std::chrono::steady_clock::now() + options.connect_timeout;
  auto endpoints = co_await resolve(url, limit);
  if (!endpoints) {
    co_return std::unexpected(std::move(endpoints).error());
  }
  Status status = fail(ErrorCode::kUnavailable, "no address for " + url.host);
  for (const tcp::endpoint& endpoint : *endpoints) {
    if (closed) {
      break;
    }
    status = co_await connect_to(endpoint, limit);
    if (status || std::chrono::steady_clock::now() >= limit) {
      break;
    }
  }
  co_return status;
}

asio::awaitable<Status> Client::State::connect_to(tcp::endpoint endpoint, SteadyTime limit) {
  transport = std::make_unique<Transport>(tcp::socket(executor));
  error_code error = co_await transport->connect(endpoint, until(limit));
  if (!error && url.tls) {
    error = co_await transport->connect_tls(*tls, url.host, until(limit));
  }
  if (!error) {
    co_return Status();
  }
  transport->close();
  Error failure = client_error(error);
  failure.message = "cannot connect to " + url.authority() + ": " + failure.message;
  co_return std::unexpected(std::move(failure));
}

asio::awaitable<Result<ClientResponse>> Client::State::exchange(ClientRequest request,
                                                                ClientBodySink sink) {
  if (!transport || transport->is_stale()) {
    CO_RETURN_IF_ERROR(co_await connect());
  }
  const std::string head = request_head(request, url);
  const error_code sent = co_await transport->write(head, request.body, options.timeout);
  ResponseReader reader(*transport, buffer, options.timeout, options.response_bytes_max,
                        std::move(sink));
  // A server that refuses a large body may answer and close before it has all of it.
  Result<ClientResponse> response = std::unexpected(client_error(sent));
  if (!sent || client_error(sent).code == ErrorCode::kUnavailable) {
    response = co_await reader.read(request.method == "HEAD");
  }
  if (!response || sent || !reader.keep_alive()) {
    transport->close();
  }
  buffer.shrink(kBufferBytes);
  co_return response;
}

Client::Client(asio::any_io_executor executor, Url url, ClientOptions options)
    : state_(std::make_unique<State>(std::move(executor), std::move(url), std::move(options))) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

asio::awaitable<Result<ClientResponse>> Client::send(ClientRequest request) {
  ClientBodySink none;
  co_return co_await send(std::move(request), std::move(none));
}

asio::awaitable<Result<ClientResponse>> Client::send(ClientRequest request, ClientBodySink sink) {
  if (!is_safe(request)) {
    co_return fail(ErrorCode::kInvalidArgument, "the request has a line break or no method");
  }
  state_->closed = false;
  auto response = co_await state_->exchange(std::move(request), std::move(sink));
  if (!response && state_->closed) {
    co_return fail(ErrorCode::kUnavailable, "the connection was closed");
  }
  co_return response;
}

void Client::close() {
  state_->closed = true;
  if (state_->transport) {
    state_->transport->close();
  }
}

}  // namespace headrace::http
