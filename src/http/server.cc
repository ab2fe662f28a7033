#include "http/server.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <future>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "http/connection.h"
#include "http/session_shared.h"
#include "http/tls_context.h"

namespace headrace::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int kBacklog = 4096;
// Connections that get nothing but 503; past them a connection is closed without a word.
constexpr std::size_t kTurnedAwayMax = 64;
// When the process is out of file descriptors, accepting again at once would spin.
constexpr std::chrono::milliseconds kAcceptPause{50};
// What an answer without a length has to be taken when the server drains: its source is told to
// stop, so that little is left of it.
constexpr std::chrono::milliseconds kStuckWait{2000};
// For the last connections to take notice, after drain_timeout.
constexpr std::chrono::milliseconds kAbortWait{500};

Result<tcp::endpoint> parse_endpoint(std::string_view text) {
  const auto invalid = [text] {
    return fail(ErrorCode::kInvalidArgument,
                "'" + std::string(text) + "' is not HOST:PORT with a numeric host");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return invalid();
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, bad] = std::from_chars(digits.begin(), digits.end(), port);
  if (bad != std::errc() || end != digits.end()) {
    return invalid();
  }
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
  }
  error_code error;
  const auto address = asio::ip::make_address(
      host == "localhost" ? std::string("127.0.0.1") : std::string(host), error);
  if (error || bracketed != address.is_v6()) {
    return invalid();
  }
  return tcp::endpoint(address, port);
}

using Acceptor = std::shared_ptr<tcp::acceptor>;

Result<Acceptor> bind_acceptor(const asio::any_io_executor& executor, const std::string& listen) {
  auto endpoint = parse_endpoint(listen);
  if (!endpoint) {
    return std::unexpected(std::move(endpoint).error());
  }
  auto acceptor = std::make_shared<tcp::acceptor>(executor);
  error_code error;
  acceptor->open(endpoint->protocol(), error);
  if (!error) {
    acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  }
  if (!error) {
    acceptor->bind(*endpoint, error);
  }
  if (!error) {
    acceptor->listen(kBacklog, error);
  }
  if (error) {
    return fail(ErrorCode::kUnavailable, "cannot listen on " + listen + ": " + error.message());
  }
  return acceptor;
}

}  // namespace

// Shared between the server and its connections, since one may outlive the server.
struct Server::State {
  explicit State(IoThreads& io_threads)
      : threads(io_threads), open(io_threads.size()), connections(0), turned_away(0) {}

  // Where an acceptor lives is its coroutine; this end may outlive its thread.
  struct Listener {
    std::weak_ptr<tcp::acceptor> acceptor;
    std::uint16_t port = 0;
  };

  IoThreads& threads;
  SessionShared shared;
  std::unique_ptr<asio::ssl::context> tls;
  Listener plain_listener;
  Listener tls_listener;
  // One set for each thread, used there only.
  std::vector<std::unordered_set<Connection*>> open;
  std::atomic<std::size_t> connections;
  std::atomic<std::size_t> turned_away;
  std::atomic<std::size_t> turn = 0;
  std::atomic<bool> said_empty = false;
  std::promise<void> empty;  // while draining: no connection is left

  void left();
  void close_acceptors();
  // Runs `visit` on every connection, each on its own thread; gives what to wait for.
  static std::vector<std::future<void>> visit_connections(const std::shared_ptr<State>& state,
                                                          void (Connection::*visit)());
  static Status listen(const std::shared_ptr<State>& state, const std::string& address,
                       asio::ssl::context* tls, Listener& listener);
  static asio::awaitable<void> accept(std::shared_ptr<State> state, Acceptor acceptor,
                                      asio::ssl::context* tls);
  static void admit(const std::shared_ptr<State>& state, std::size_t thread, tcp::socket socket,
                    asio::ssl::context* tls);
  static asio::awaitable<void> serve(std::shared_ptr<State> state, std::size_t thread,
                                     tcp::socket socket, asio::ssl::context* tls, bool turn_away);
};

namespace {

// A connection in its thread's set, for as long as its coroutine lives.
class Registration {
 public:
  Registration(std::unordered_set<Connection*>& open, Connection& connection)
      : open_(open), connection_(connection) {
    open_.insert(&connection_);
  }
  ~Registration() { open_.erase(&connection_); }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

 private:
  std::unordered_set<Connection*>& open_;
  Connection& connection_;
};

}  // namespace

void Server::State::left() {
  if (connections.load() == 0 && shared.draining && !said_empty.exchange(true)) {
    empty.set_value();
  }
}

void Server::State::close_acceptors() {
  for (const Listener* listener : {&plain_listener, &tls_listener}) {
    if (const auto acceptor = listener->acceptor.lock()) {
      error_code ignored;
      acceptor->close(ignored);
    }
  }
}

std::vector<std::future<void>> Server::State::visit_connections(const std::shared_ptr<State>& state,
                                                                void (Connection::*visit)()) {
  std::vector<std::future<void>> visited;
  for (std::size_t i = 0; i < state->open.size(); ++i) {
    // Kept alive by the handler, which a stopped thread never runs.
    auto done = std::make_shared<std::promise<void>>();
    visited.push_back(done->get_future());
    asio::post(state->threads.executor(i), [state, i, visit, done] {
      for (Connection* connection : state->open[i]) {
        (connection->*visit)();
      }
      done->set_value();
    });
  }
  return visited;
}

Status Server::State::listen(const std::shared_ptr<State>& state, const std::string& address,
                             asio::ssl::context* tls, Listener& listener) {
  auto acceptor = bind_acceptor(state->threads.executor(0), address);
  if (!acceptor) {
    return std::unexpected(std::move(acceptor).error());
  }
  error_code ignored;
  listener.port = (*acceptor)->local_endpoint(ignored).port();
  listener.acceptor = *acceptor;
  asio::co_spawn(state->threads.executor(0), accept(state, *acceptor, tls), asio::detached);
  return {};
}

asio::awaitable<void> Server::State::accept(std::shared_ptr<State> state, Acceptor acceptor,
                                            asio::ssl::context* tls) {
  while (acceptor->is_open()) {
    const std::size_t thread = state->turn.fetch_add(1) % state->threads.size();
    error_code error;
    tcp::socket socket = co_await acceptor->async_accept(
        state->threads.executor(thread), asio::redirect_error(asio::use_awaitable, error));
    if (!error) {
      admit(state, thread, std::move(socket), tls);
    } else if (error != asio::error::operation_aborted &&
               error != asio::error::connection_aborted) {
      asio::steady_timer pause(acceptor->get_executor(), kAcceptPause);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }
}

void Server::State::admit(const std::shared_ptr<State>& state, std::size_t thread,
                          tcp::socket socket, asio::ssl::context* tls) {
  const bool full = state->connections >= state->shared.limits.connections_max;
  if (full && state->turned_away >= kTurnedAwayMax) {
    return;
  }
  (full ? state->turned_away : state->connections).fetch_add(1);
  asio::co_spawn(state->threads.executor(thread),
                 serve(state, thread, std::move(socket), tls, full), asio::detached);
}

asio::awaitable<void> Server::State::serve(std::shared_ptr<State> state, std::size_t thread,
                                           tcp::socket socket, asio::ssl::context* tls,
                                           bool turn_away) {
  {
    Connection connection(std::move(socket), state->shared, tls);
    const Registration registration(state->open[thread], connection);
    if (turn_away) {
      co_await connection.turn_away();
    } else {
      co_await connection.serve();
    }
  }
  (turn_away ? state->turned_away : state->connections).fetch_sub(1);
  state->left();
}

Result<std::unique_ptr<Server>> Server::start(IoThreads& threads, ServerOptions options,
                                              Handler handler) {
  auto state = std::make_shared<State>(threads);
  state->shared.handler = std::move(handler);
  state->shared.limits = options.limits;
  if (!options.tls_listen.empty()) {
    if (!options.tls) {
      return fail(ErrorCode::kInvalidArgument, "listening for TLS needs a certificate");
    }
    ASSIGN_OR_RETURN(state->tls, server_context(*options.tls));
  }
  // From here on its destructor stops what has begun.
  std::unique_ptr<Server> server(new Server(state));
  if (!options.listen.empty()) {
    RETURN_IF_ERROR(State::listen(state, options.listen, nullptr, state->plain_listener));
  }
  if (!options.tls_listen.empty()) {
    RETURN_IF_ERROR(
        State::listen(state, options.tls_listen, state->tls.get(), state->tls_listener));
  }
  return server;
}

Server::Server(std::shared_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
  asio::post(state_->threads.executor(0), [state = state_] { state->close_acceptors(); });
  State::visit_connections(state_, &Connection::abort);
}

std::uint16_t Server::port() const { return state_->plain_listener.port; }
std::uint16_t Server::tls_port() const { return state_->tls_listener.port; }
std::size_t Server::connections() const { return state_->connections; }

bool Server::drain() {
  const auto limit = std::chrono::steady_clock::now() +
                     std::chrono::milliseconds(state_->shared.limits.drain_timeout);
  state_->shared.draining = true;
  auto closed = std::make_shared<std::promise<void>>();
  asio::post(state_->threads.executor(0), [state = state_, closed] {
    state->close_acceptors();
    closed->set_value();
  });
  closed->get_future().wait_until(limit);
  // No connection is added from here on.
  State::visit_connections(state_, &Connection::drain);
  state_->left();
  const std::future<void> empty = state_->empty.get_future();
  const auto patience = std::min(limit, std::chrono::steady_clock::now() + kStuckWait);
  if (empty.wait_until(patience) == std::future_status::ready) {
    return true;
  }
  State::visit_connections(state_, &Connection::cut_stuck);
  if (empty.wait_until(limit) == std::future_status::ready) {
    return true;
  }
  for (const auto& visited : State::visit_connections(state_, &Connection::abort)) {
    visited.wait_for(kAbortWait);
  }
  return empty.wait_for(kAbortWait) == std::future_status::ready;
}

}  // namespace headrace::http
