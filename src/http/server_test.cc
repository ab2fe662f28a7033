#include "http/server.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "http/raw_connection_for_test.h"

namespace headrace::http {
namespace {

namespace asio = boost::asio;

// Lets a request wait until the test says go.
struct Gate {
  std::promise<void> entered;
  std::promise<void> left;
  asio::steady_timer* timer = nullptr;  // the waiting coroutine's

  void open() {
    asio::post(timer->get_executor(), [this] { timer->cancel(); });
  }
};

asio::awaitable<void> wait_at(Gate& gate) {
  asio::steady_timer timer(co_await asio::this_coro::executor,
                           asio::steady_timer::time_point::max());
  gate.timer = &timer;
  gate.entered.set_value();
  boost::system::error_code cancelled;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

Response text(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

BodySource pieces(std::vector<Result<std::string>> list) {
  auto left = std::make_shared<std::vector<Result<std::string>>>(list.rbegin(), list.rend());
  return std::bind_front(
      [](std::shared_ptr<std::vector<Result<std::string>>> rest)
          -> asio::awaitable<Result<std::string>> {
        if (rest->empty()) {
          co_return std::string();
        }
        auto piece = std::move(rest->back());
        rest->pop_back();
        co_return piece;
      },
      left);
}

asio::awaitable<Response> read_by_pieces(Body& body) {
  std::string bytes;
  while (true) {
    auto piece = co_await body.next();
    if (!piece) {
      co_return text(400, std::string(name(piece.error().code)));
    }
    if (piece->empty()) {
      break;
    }
    bytes.append(*piece);
  }
  Response response = text(200, bytes);
  response.headers.emplace_back("X-Trailer", body.trailer("x-sum"));
  co_return response;
}

asio::awaitable<Response> echo(Body& body) {
  auto bytes = co_await read_all(body, 1U << 20);
  co_return bytes ? text(200, *bytes) : text(400, std::string(name(bytes.error().code)));
}

Response streamed(std::string_view path) {
  Response response;
  if (path == "/sized") {
    response.source = pieces({"abc", "defgh"});
    response.source_size = 8;
  } else if (path == "/short") {
    response.source = pieces({"abc"});
    response.source_size = 8;
  } else if (path == "/long") {
    response.source = pieces({"abc", "defghi"});
    response.source_size = 8;
  } else if (path == "/broken") {
    response.source = pieces({"abc", fail(ErrorCode::kIo, "disk")});
  } else if (path == "/failed") {
    response.source = pieces({fail(ErrorCode::kIo, "disk")});
    response.source_size = 8;
  } else {
    response.source = pieces({"abc", "0123456789abcdef!"});
  }
  return response;
}

// Sends a piece, then nothing until the request is to stop.
BodySource subscription(Gate& gate, std::stop_token stop) {
  const auto next = [](Gate* at, std::stop_token token,
                       std::shared_ptr<bool> sent) -> asio::awaitable<Result<std::string>> {
    if (!std::exchange(*sent, true)) {
      co_return "hello";
    }
    asio::steady_timer timer(co_await asio::this_coro::executor,
                             asio::steady_timer::time_point::max());
    const auto wake = [&timer] { timer.cancel(); };
    const std::stop_callback watch(token, wake);
    at->entered.set_value();
    boost::system::error_code cancelled;
    if (!token.stop_requested()) {
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
    at->left.set_value();
    co_return std::string();
  };
  return std::bind_front(next, &gate, stop, std::make_shared<bool>(false));
}

// What every test's server does; told by the path.
asio::awaitable<Response> handle(Gate& gate, Request& request, Body& body) {
  if (request.path == "/echo") {
    co_return co_await echo(body);
  }
  if (request.path == "/pieces") {
    co_return co_await read_by_pieces(body);
  }
  if (request.path == "/wait") {
    co_await wait_at(gate);
    co_return text(200, "waited");
  }
  if (request.path == "/gone") {
    auto bytes = co_await read_all(body, 1U << 20);
    gate.left.set_value();
    co_return text(400, std::string(name(bytes ? ErrorCode::kInternal : bytes.error().code)));
  }
  if (request.path == "/subscribe") {
    Response response;
    response.source = subscription(gate, request.stop);
    co_return response;
  }
  if (request.path == "/path") {
    co_return text(200, std::string(request.method) + " " + std::string(request.query));
  }
  if (request.path == "/204") {
    co_return text(204, "");
  }
  if (request.path == "/304" || request.path == "/size") {
    Response response = text(request.path == "/304" ? 304 : 200, "");
    response.content_length = 1234;
    co_return response;
  }
  if (request.path == "/split") {
    Response response = text(200, "ok");
    response.headers.emplace_back("X-Name", "a\r\nInjected: yes");
    co_return response;
  }
  if (request.path == "/large") {
    co_return text(200, std::string(32U << 20, 'x'));
  }
  if (request.path == "/skip") {
    co_return text(200, "skipped");
  }
  co_return streamed(request.path);
}

struct Fixture {
  explicit Fixture(ServerLimits limits = {}) {
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.limits = limits;
    auto started = Server::start(threads, options, std::bind_front(handle, std::ref(gate)));
    EXPECT_TRUE(started.has_value());
    server = std::move(*started);
  }

  std::uint16_t port() const { return server->port(); }

  Gate gate;
  IoThreads threads{2};
  std::unique_ptr<Server> server;
};

const std::string kHost = " HTTP/1.1\r\nHost: h\r\n";

TEST(Server, keeps_a_connection_and_answers_in_order) {
  Fixture fixture;
  RawConnection client(fixture.port());
  client.send("POST /echo" + kHost + "Content-Length: 5\r\n\r\nhello");
  const RawAnswer first = client.answer();
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.body, "hello");
  EXPECT_EQ(first.field("Connection"), "");
  EXPECT_EQ(first.field("Date").size(), 29U);
  EXPECT_TRUE(first.field("Date").ends_with(" GMT"));
  client.send("GET /path?a" + kHost + "\r\nGET /path?b" + kHost + "\r\nPOST /echo" + kHost +
              "Content-Length: 2\r\n\r\nhiGET /path?c" + kHost + "Connection: close\r\n\r\n");
  EXPECT_EQ(client.answer().body, "GET a");
  EXPECT_EQ(client.answer().body, "GET b");
  EXPECT_EQ(client.answer().body, "hi");
  const RawAnswer last = client.answer();
  EXPECT_EQ(last.body, "GET c");
  EXPECT_EQ(last.field("Connection"), "close");
  EXPECT_EQ(client.rest(), "");
}

TEST(Server, speaks_http_1_0) {
  Fixture fixture;
  RawConnection kept(fixture.port());
  kept.send("GET /path HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(kept.answer().field("Connection"), "keep-alive");
  kept.send("GET /chunked HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(kept.rest().ends_with("Connection: close\r\n\r\nabc0123456789abcdef!"));
}

TEST(Server, sends_continue_when_the_body_is_read) {
  Fixture fixture;
  RawConnection client(fixture.port());
  client.send("POST /echo" + kHost + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(client.answer().status, 100);
  client.send("hello");
  EXPECT_EQ(client.answer().body, "hello");
  // A body that is there already needs no invitation.
  client.send("POST /echo" + kHost + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(client.answer().status, 200);
}

TEST(Server, sends_no_continue_when_the_body_is_not_wanted) {
  Fixture fixture;
  RawConnection client(fixture.port());
  client.send("POST /skip" + kHost + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  const RawAnswer answer = client.answer();
  EXPECT_EQ(answer.body, "skipped");
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_EQ(client.rest(), "");
}

TEST(Server, reads_chunked_bodies_with_trailers) {
  Fixture fixture;
  RawConnection client(fixture.port());
  const std::string chunks = "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Sum: 42\r\n\r\n";
  client.send("PUT /pieces" + kHost + "Transfer-Encoding: chunked\r\n\r\n" + chunks);
  const RawAnswer answer = client.answer();
  EXPECT_EQ(answer.body, "abcde");
  EXPECT_EQ(answer.field("X-Trailer"), "42");
  client.send("PUT /echo" + kHost + "Transfer-Encoding: chunked\r\n\r\n" + chunks);
  EXPECT_EQ(client.answer().body, "abcde");
  client.send("PUT /echo" + kHost + "Transfer-Encoding: chunked\r\n\r\nzz\r\n");
  const RawAnswer refused = client.answer();
  EXPECT_EQ(refused.body, "incomplete body");
  EXPECT_EQ(refused.field("Connection"), "close");
}

TEST(Server, reads_large_bodies_whole_and_by_pieces) {
  Fixture fixture;
  RawConnection client(fixture.port());
  std::string bytes(1U << 20, 'a');
  for (std::size_t i = 0; i < bytes.size(); i += 7) {
    bytes[i] = static_cast<char>('a' + i % 26);
  }
  for (const char* path : {"/echo", "/pieces"}) {
    client.send(std::string("POST ").append(path).append(kHost));
    client.send("Content-Length: 1048576\r\n\r\n");
    client.send(bytes);
    EXPECT_EQ(client.answer().body, bytes) << path;
  }
  client.send("POST /echo" + kHost + "Content-Length: 1048577\r\n\r\n");
  EXPECT_EQ(client.answer().body, "request too large");
}

TEST(Server, reads_bodies_of_every_small_size_without_adding_to_them) {
  Fixture fixture;
  RawConnection client(fixture.port());
  for (std::size_t size = 1; size <= 64; ++size) {
    const std::string bytes(size, 'a');
    client.send("POST /echo" + kHost + "Content-Length: " + std::to_string(size) + "\r\n\r\n" +
                bytes);
    EXPECT_EQ(client.answer().body, bytes) << size;
  }
}

TEST(Server, drops_what_a_handler_leaves_of_a_body) {
  Fixture fixture({.dropped_body_bytes_max = 10});
  RawConnection client(fixture.port());
  client.send("POST /skip" + kHost + "Content-Length: 10\r\n\r\n0123456789");
  EXPECT_EQ(client.answer().body, "skipped");
  client.send("POST /skip" + kHost + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n");
  EXPECT_EQ(client.answer().field("Connection"), "");
  client.send("POST /skip" + kHost + "Content-Length: 11\r\n\r\n");
  EXPECT_EQ(client.answer().field("Connection"), "close");
  EXPECT_EQ(client.rest(), "");

  RawConnection chunked(fixture.port());
  chunked.send("POST /skip" + kHost + "Transfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n");
  EXPECT_EQ(chunked.answer().body, "skipped");
  EXPECT_EQ(chunked.rest(), "");
}

TEST(Server, sends_no_body_where_there_is_none) {
  Fixture fixture;
  RawConnection client(fixture.port());
  client.send("HEAD /path?abc" + kHost + "\r\n");
  EXPECT_EQ(client.answer(true).field("Content-Length"), "8");
  client.send("HEAD /size" + kHost + "\r\n");
  EXPECT_EQ(client.answer(true).field("Content-Length"), "1234");
  client.send("HEAD /sized" + kHost + "\r\n");
  EXPECT_EQ(client.answer(true).field("Content-Length"), "8");
  client.send("HEAD /chunked" + kHost + "\r\n");
  EXPECT_EQ(client.answer(true).field("Transfer-Encoding"), "chunked");
  client.send("GET /204" + kHost + "\r\n");
  EXPECT_EQ(client.answer(true).field("Content-Length"), "");
  client.send("GET /304" + kHost + "\r\n");
  EXPECT_EQ(client.answer(true).field("Content-Length"), "1234");
  client.send("GET /path?end" + kHost + "\r\n");
  EXPECT_EQ(client.answer().body, "GET end");
}

TEST(Server, streams_answers) {
  Fixture fixture;
  RawConnection client(fixture.port());
  client.send("GET /sized" + kHost + "\r\n");
  EXPECT_EQ(client.answer().body, "abcdefgh");
  client.send("GET /chunked" + kHost + "Connection: close\r\n\r\n");
  EXPECT_TRUE(client.rest().ends_with("\r\n\r\n3\r\nabc\r\n11\r\n0123456789abcdef!\r\n0\r\n\r\n"));
}

TEST(Server, cuts_a_streamed_answer_that_fails) {
  Fixture fixture;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"/short", "\r\n\r\nabc"},
      {"/long", "\r\n\r\nabc"},
      {"/broken", "\r\n\r\n3\r\nabc\r\n"},
      {"/failed", "\r\n\r\nthe answer could not be read\n"},
  };
  for (const auto& [path, end] : cases) {
    RawConnection client(fixture.port());
    client.send(std::string("GET ").append(path).append(kHost).append("\r\n"));
    const std::string received = client.rest();
    EXPECT_TRUE(received.ends_with(end)) << path << received;
  }
}

TEST(Server, lets_no_value_add_a_field) {
  Fixture fixture;
  RawConnection client(fixture.port());
  client.send("GET /split" + kHost + "\r\n");
  const RawAnswer answer = client.answer();
  EXPECT_EQ(answer.field("Injected"), "");
  EXPECT_EQ(answer.field("X-Name"), "a  Injected: yes");
}

TEST(Server, refuses_malformed_requests_and_closes) {
  Fixture fixture;
  const std::vector<std::pair<std::string, int>> cases = {
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"\x16\x03\x01\x02", 400},
      {"GET / HTTP/3.0\r\nHost: h\r\n\r\n", 505},
      {"GET /" + kHost + "Expect: x\r\n\r\n", 417},
      {"GET /" + kHost + "Transfer-Encoding: gzip\r\n\r\n", 501},
      {"GET /" + kHost + "A: " + std::string(70'000, 'x'), 431},
  };
  for (const auto& [request, status] : cases) {
    RawConnection client(fixture.port());
    client.send(request);
    const RawAnswer answer = client.answer();
    EXPECT_EQ(answer.status, status) << request.substr(0, 40);
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_EQ(answer.field("Content-Type"), "text/plain");
    EXPECT_EQ(client.rest(), "");
  }
}

TEST(Server, answers_a_client_that_closed_its_half) {
  Fixture fixture;
  RawConnection client(fixture.port());
  client.send("POST /echo" + kHost + "Content-Length: 2\r\n\r\nhi");
  client.half_close();
  EXPECT_EQ(client.answer().body, "hi");
  EXPECT_EQ(client.rest(), "");
  RawConnection cut(fixture.port());
  cut.send("POST /echo" + kHost + "Content-Length: 3\r\n\r\nhi");
  cut.half_close();
  EXPECT_EQ(cut.answer().body, "incomplete body");
}

TEST(Server, gives_up_on_clients_that_stall) {
  Fixture fixture({.progress_timeout = std::chrono::milliseconds(50)});
  RawConnection in_head(fixture.port());
  RawConnection in_body(fixture.port());
  RawConnection in_answer(fixture.port());
  in_head.send("GET / HT");
  in_body.send("POST /echo" + kHost + "Content-Length: 3\r\n\r\nhi");
  in_answer.shrink_receive_buffer();
  in_answer.send("GET /large" + kHost + "\r\n");
  EXPECT_EQ(in_head.answer().status, 408);
  EXPECT_EQ(in_body.answer().body, "request timeout");
  EXPECT_EQ(in_body.rest(), "");
  while (fixture.server->connections() > 0) {
    std::this_thread::yield();
  }
}

TEST(Server, closes_connections_that_stay_idle) {
  Fixture fixture({.idle_timeout = std::chrono::milliseconds(50)});
  RawConnection client(fixture.port());
  client.send("GET /path" + kHost + "\r\n");
  EXPECT_EQ(client.answer().status, 200);
  EXPECT_EQ(client.rest(), "");
}

TEST(Server, notices_a_client_that_vanishes) {
  Fixture fixture;
  RawConnection client(fixture.port());
  client.send("POST /gone" + kHost + "Content-Length: 100\r\n\r\nsome");
  client.vanish();
  fixture.gate.left.get_future().wait();
  while (fixture.server->connections() > 0) {
    std::this_thread::yield();
  }
}

TEST(Server, stops_an_answer_that_waits_when_its_client_leaves) {
  Fixture fixture;
  RawConnection client(fixture.port());
  client.send("GET /subscribe" + kHost + "\r\n");
  EXPECT_TRUE(client.sees("hello"));
  fixture.gate.entered.get_future().wait();
  client.vanish();
  fixture.gate.left.get_future().wait();
  while (fixture.server->connections() > 0) {
    std::this_thread::yield();
  }
}

TEST(Server, reads_on_after_an_answer_that_waited) {
  Fixture fixture;
  RawConnection client(fixture.port());
  client.send("GET /subscribe" + kHost + "\r\nGET /path?next" + kHost + "\r\n");
  EXPECT_TRUE(client.sees("hello"));
  fixture.gate.entered.get_future().wait();
  client.send("GET /path?last" + kHost + "\r\n");
  client.half_close();
  fixture.gate.left.get_future().wait();
  EXPECT_TRUE(client.sees("GET next"));
  EXPECT_TRUE(client.sees("GET last"));
}

TEST(Server, drain_tells_an_answer_that_waits) {
  Fixture fixture;
  RawConnection client(fixture.port());
  client.send("GET /subscribe" + kHost + "\r\n");
  EXPECT_TRUE(client.sees("hello"));
  fixture.gate.entered.get_future().wait();
  EXPECT_TRUE(fixture.server->drain());
  EXPECT_TRUE(client.rest().ends_with("5\r\nhello\r\n0\r\n\r\n"));
}

TEST(Server, ignores_an_upgrade_it_cannot_follow) {
  Fixture fixture;
  const std::string upgrade = "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n";
  for (const std::string& fields :
       {upgrade, upgrade + "HTTP2-Settings: !\r\n", upgrade + "HTTP2-Settings: AAMAAABk=\r\n",
        upgrade + "HTTP2-Settings: \r\nHTTP2-Settings: \r\n",
        std::string("Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n")}) {
    RawConnection client(fixture.port());
    client.send("GET /path?x" + kHost + fields + "\r\n");
    EXPECT_EQ(client.answer().body, "GET x") << fields;
  }
}

TEST(Server, answers_503_past_its_connections) {
  Fixture fixture({.connections_max = 2});
  RawConnection first(fixture.port());
  RawConnection second(fixture.port());
  for (RawConnection* client : {&first, &second}) {
    client->send("GET /path" + kHost + "\r\n");
    EXPECT_EQ(client->answer().status, 200);
  }
  RawConnection third(fixture.port());
  third.send("POST /echo" + kHost + "Content-Length: 2\r\n\r\nhi");
  EXPECT_EQ(third.answer().status, 503);
  EXPECT_EQ(third.rest(), "");
  first.send("GET /path" + kHost + "\r\n");
  EXPECT_EQ(first.answer().status, 200);
}

TEST(Server, drain_ends_idle_connections_and_lets_requests_finish) {
  Fixture fixture;
  RawConnection idle(fixture.port());
  idle.send("GET /path" + kHost + "\r\n");
  EXPECT_EQ(idle.answer().status, 200);
  RawConnection busy(fixture.port());
  busy.send("GET /wait" + kHost + "\r\nGET /path" + kHost + "\r\n");
  fixture.gate.entered.get_future().wait();
  std::thread drain([&fixture] { fixture.server->drain(); });
  EXPECT_EQ(idle.rest(), "");
  EXPECT_FALSE(RawConnection(fixture.port()).connected());
  fixture.gate.open();
  const RawAnswer answer = busy.answer();
  EXPECT_EQ(answer.body, "waited");
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_EQ(busy.rest(), "");
  drain.join();
  EXPECT_EQ(fixture.server->connections(), 0U);
}

TEST(Server, drain_closes_what_does_not_finish_in_time) {
  Fixture fixture({.drain_timeout = std::chrono::milliseconds(50)});
  RawConnection stuck(fixture.port());
  stuck.send("GET /wait" + kHost + "\r\n");
  fixture.gate.entered.get_future().wait();
  fixture.server->drain();
  EXPECT_EQ(stuck.rest(), "");
  fixture.server.reset();
}

TEST(Server, says_what_is_wrong_with_its_addresses) {
  Fixture fixture;
  const auto refused = [&fixture](std::string listen) {
    ServerOptions options;
    options.listen = std::move(listen);
    const auto started = Server::start(fixture.threads, options, {});
    return started ? ErrorCode::kInternal : started.error().code;
  };
  EXPECT_EQ(refused("127.0.0.1:" + std::to_string(fixture.port())), ErrorCode::kUnavailable);
  for (const char* listen : {"nowhere", "host.example:80", "127.0.0.1:", "127.0.0.1:70000",
                             "127.0.0.1:1x", "::1:80", "[127.0.0.1]:80", ":80"}) {
    EXPECT_EQ(refused(listen), ErrorCode::kInvalidArgument) << listen;
  }
}

}  // namespace
}  // namespace headrace::http
