#include "http/client.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "http/server.h"

namespace headrace::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// The wall clock's, since OpenSSL verifies by it.
WallTime now() {
  return {std::chrono::duration_cast<std::chrono::milliseconds>(
              std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

struct Directory {
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "headrace-tls-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Directory() { std::filesystem::remove_all(path); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  std::string path;
};

BodySource twice(std::string piece) {
  auto left = std::make_shared<int>(2);
  return std::bind_front(
      [](std::shared_ptr<int> count, std::string text) -> asio::awaitable<Result<std::string>> {
        co_return (*count)-- > 0 ? text : std::string();
      },
      left, std::move(piece));
}

asio::awaitable<Response> handle(Request& request, Body& body) {
  Response response;
  auto bytes = co_await read_all(body, 16U << 20);
  response.status = bytes ? 200 : 400;
  response.headers.emplace_back("X-Host", request.header("host"));
  response.headers.emplace_back("X-Secure", request.secure ? "yes" : "no");
  if (request.path == "/chunked") {
    response.source = twice(bytes.value_or(""));
  } else if (request.path == "/close") {
    response.close = true;
  } else {
    response.body =
        std::string(request.method) + " " + std::string(request.target) + " " + bytes.value_or("");
  }
  co_return response;
}

struct Fixture {
  explicit Fixture(ServerLimits limits = {}) : Fixture(limits, nullptr) {}
  Fixture(ServerLimits limits, const TlsIdentity* identity) {
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.limits = limits;
    if (identity != nullptr) {
      options.tls_listen = "127.0.0.1:0";
      options.tls = *identity;
    }
    auto started = Server::start(threads, options, handle);
    EXPECT_TRUE(started.has_value());
    server = std::move(*started);
  }

  Client client(const std::string& url, ClientOptions options = {}) {
    return {threads.executor(1), *parse_url(url), std::move(options)};
  }
  Client plain(ClientOptions options = {}) {
    return client("http://127.0.0.1:" + std::to_string(server->port()), std::move(options));
  }

  Result<ClientResponse> send(Client& client, ClientRequest request) {
    return asio::co_spawn(threads.executor(1), client.send(std::move(request)), asio::use_future)
        .get();
  }

  IoThreads threads{2};
  std::unique_ptr<Server> server;
};

ClientRequest post(std::string target, std::string body) {
  return {.method = "POST", .target = std::move(target), .headers = {}, .body = std::move(body)};
}

// Answers every connection with the next of `answers` and closes it.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> answers)
      : acceptor_(context_, {asio::ip::address_v4::loopback(), 0}),
        thread_([this, list = std::move(answers)] {
          for (const std::string& answer : list) {
            tcp::socket socket = acceptor_.accept();
            std::string request;
            boost::system::error_code ignored;
            asio::read_until(socket, asio::dynamic_buffer(request), "\r\n\r\n", ignored);
            asio::write(socket, asio::buffer(answer), ignored);
          }
        }) {}
  ~ScriptedServer() { thread_.join(); }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

 private:
  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::thread thread_;
};

// What the sink gets until it has `enough` bytes.
std::pair<Result<ClientResponse>, std::string> streamed(Fixture& fixture, Client& client,
                                                        std::size_t enough) {
  std::string got;
  ClientBodySink sink = [&](std::string_view piece) {
    got += piece;
    return got.size() < enough;
  };
  auto answer = asio::co_spawn(fixture.threads.executor(1),
                               client.send(post("/", "x"), std::move(sink)), asio::use_future)
                    .get();
  return {std::move(answer), got};
}

TEST(Url, is_taken_apart) {
  const auto full = parse_url("https://stream.example:4567/a/b?c=d");
  ASSERT_TRUE(full.has_value());
  EXPECT_TRUE(full->tls);
  EXPECT_EQ(full->host, "stream.example");
  EXPECT_EQ(full->port, 4567);
  EXPECT_EQ(full->target, "/a/b?c=d");
  EXPECT_EQ(full->authority(), "stream.example:4567");
  EXPECT_EQ(parse_url("http://h")->authority(), "h");
  EXPECT_EQ(parse_url("http://h:443")->authority(), "h:443");
  EXPECT_EQ(parse_url("HTTPS://h:443/")->authority(), "h");
  EXPECT_EQ(parse_url("http://h?x")->target, "/?x");
  EXPECT_EQ(parse_url("http://[::1]:80/")->host, "::1");
  EXPECT_EQ(parse_url("http://[::1]:81")->authority(), "[::1]:81");
  for (const char* text : {"", "h", "ftp://h", "http://", "http://h:0", "http://h:x", "http://h:",
                           "http://h:70000", "http://u@h", "http://h/a b", "http://[::1"}) {
    EXPECT_FALSE(parse_url(text).has_value()) << text;
  }
}

TEST(Client, sends_several_requests_over_one_connection) {
  Fixture fixture;
  Client client = fixture.plain();
  const auto first = fixture.send(client, post("/a?b", "body"));
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->status, 200);
  EXPECT_EQ(first->body, "POST /a?b body");
  EXPECT_EQ(first->header("x-host"), "127.0.0.1:" + std::to_string(fixture.server->port()));
  EXPECT_EQ(fixture.send(client, post("/chunked", "piece"))->body, "piecepiece");
  const auto head = fixture.send(client, {.method = "HEAD", .headers = {}, .body = {}});
  EXPECT_EQ(head->header("Content-Length"), "7");
  EXPECT_EQ(head->body, "");
  const std::string large(8U << 20, 'x');
  EXPECT_EQ(fixture.send(client, post("/", large))->body, "POST / " + large);
  EXPECT_EQ(fixture.server->connections(), 1U);
}

TEST(Client, connects_again_after_the_server_closed) {
  Fixture fixture({.idle_timeout = std::chrono::milliseconds(20)});
  Client client = fixture.plain();
  EXPECT_EQ(fixture.send(client, post("/close", ""))->header("connection"), "close");
  EXPECT_EQ(fixture.send(client, post("/", "a"))->body, "POST / a");
  while (fixture.server->connections() > 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(fixture.send(client, post("/", "b"))->body, "POST / b");
}

TEST(Client, gives_up_on_a_server_that_does_not_answer) {
  Fixture fixture;
  asio::io_context context;
  const tcp::acceptor silent(context, {asio::ip::address_v4::loopback(), 0});
  const std::string url = "http://127.0.0.1:" + std::to_string(silent.local_endpoint().port());
  Client client = fixture.client(url, {.timeout = std::chrono::milliseconds(30)});
  EXPECT_EQ(fixture.send(client, post("/", "")).error().code, ErrorCode::kRequestTimeout);
  Client secure =
      fixture.client("https" + url.substr(4), {.connect_timeout = std::chrono::milliseconds(30)});
  EXPECT_EQ(fixture.send(secure, post("/", "")).error().code, ErrorCode::kRequestTimeout);
}

TEST(Client, says_unavailable_when_nobody_listens_or_it_is_closed) {
  Fixture fixture;
  asio::io_context context;
  auto silent =
      std::make_unique<tcp::acceptor>(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  Client client =
      fixture.client("http://127.0.0.1:" + std::to_string(silent->local_endpoint().port()));
  auto sent =
      asio::co_spawn(fixture.threads.executor(1), client.send(post("/", "")), asio::use_future);
  asio::post(fixture.threads.executor(1), [&client] { client.close(); });
  EXPECT_EQ(sent.get().error().code, ErrorCode::kUnavailable);
  silent.reset();
  EXPECT_EQ(fixture.send(client, post("/", "")).error().code, ErrorCode::kUnavailable);
}

TEST(Client, sends_nothing_that_could_be_read_as_two_requests) {
  Fixture fixture;
  Client client = fixture.plain();
  std::vector<ClientRequest> cases(4, post("/", ""));
  cases[0].target = "/ HTTP/1.1\r\nX: y";
  cases[1].method = "GET /";
  cases[2].headers = {{"A", "b\r\nC: d"}};
  cases[3].headers = {{"A: b\r\nC", "d"}};
  for (const ClientRequest& request : cases) {
    EXPECT_EQ(fixture.send(client, request).error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Client, reads_answers_of_other_servers) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::vector<std::pair<std::string, Result<std::string>>> cases = {
      {"HTTP/1.0 200 OK\r\n\r\nto the end", "to the end"},
      {"HTTP/1.1 100 Continue\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nhi", "hi"},
      {"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nA: b\r\n\r\n", "hi"},
      {"HTTP/1.1 204 No Content\r\n\r\n", ""},
      {ok + "Content-Length: 20\r\n\r\nshort", fail(ErrorCode::kUnavailable, "")},
      {ok + "Content-Length: 101\r\n\r\n", fail(ErrorCode::kRequestTooLarge, "")},
      {ok + "\r\n" + std::string(101, 'x'), fail(ErrorCode::kRequestTooLarge, "")},
      {ok + "Transfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'x'),
       fail(ErrorCode::kRequestTooLarge, "")},
      {ok + "Content-Length: x\r\n\r\n", fail(ErrorCode::kMalformedHttp, "")},
      {ok + "Transfer-Encoding: chunked\r\n\r\nx\r\n", fail(ErrorCode::kMalformedHttp, "")},
      {"HTTP/2 200 OK\r\n\r\n", fail(ErrorCode::kMalformedHttp, "")},
      {"HTTP/1.1 101 Switching\r\n\r\n", fail(ErrorCode::kMalformedHttp, "")},
      {"nonsense\n", fail(ErrorCode::kMalformedHttp, "")},
      {"", fail(ErrorCode::kUnavailable, "")},
  };
  std::vector<std::string> answers;
  answers.reserve(cases.size());
  for (const auto& [answer, expected] : cases) {
    answers.push_back(answer);
  }
  const ScriptedServer server(answers);
  Fixture fixture;
  Client client = fixture.client(server.url(), {.response_bytes_max = 100});
  for (const auto& [answer, expected] : cases) {
    const auto response = fixture.send(client, post("/", ""));
    ASSERT_EQ(response.has_value(), expected.has_value()) << answer;
    if (response) {
      EXPECT_EQ(response->body, *expected) << answer;
    } else {
      EXPECT_EQ(response.error().code, expected.error().code) << answer;
    }
  }
}

TEST(Client, verifies_the_server_by_its_authority_and_name) {
  const Directory ours;
  const Directory foreign;
  const auto identity = local_identity(ours.path, now());
  ASSERT_TRUE(identity && local_identity(foreign.path, now()));
  Fixture fixture({}, &*identity);
  const std::string port = ":" + std::to_string(fixture.server->tls_port());
  for (const char* host : {"127.0.0.1", "localhost"}) {
    Client client =
        fixture.client("https://" + std::string(host) + port, {.ca_file = ours.path + "/ca.pem"});
    for (int i = 0; i < 3; ++i) {
      const std::string body(static_cast<std::size_t>(i) * 50'000, 'x');
      const auto response = fixture.send(client, post("/", body));
      ASSERT_TRUE(response.has_value()) << response.error().message;
      EXPECT_EQ(response->body, "POST / " + body);
      EXPECT_EQ(response->header("x-secure"), "yes");
      EXPECT_EQ(fixture.send(client, post("/chunked", "piece"))->body, "piecepiece");
    }
    EXPECT_EQ(fixture.server->connections(), 1U);
  }
  for (const std::string& authority : {foreign.path + "/ca.pem", std::string()}) {
    Client client = fixture.client("https://127.0.0.1" + port, {.ca_file = authority});
    EXPECT_EQ(fixture.send(client, post("/", "")).error().code, ErrorCode::kUnavailable);
  }
  Client unnamed = fixture.client("https://127.0.0.2" + port, {.ca_file = ours.path + "/ca.pem"});
  EXPECT_EQ(fixture.send(unnamed, post("/", "")).error().code, ErrorCode::kUnavailable);
  Client missing = fixture.client("https://127.0.0.1" + port, {.ca_file = "/does/not/exist"});
  EXPECT_EQ(fixture.send(missing, post("/", "")).error().code, ErrorCode::kInvalidArgument);
}

TEST(Client, finds_a_tls_connection_that_the_server_closed) {
  const Directory directory;
  const auto identity = local_identity(directory.path, now());
  ASSERT_TRUE(identity.has_value());
  Fixture fixture({.idle_timeout = std::chrono::milliseconds(20)}, &*identity);
  Client client = fixture.client("https://127.0.0.1:" + std::to_string(fixture.server->tls_port()),
                                 {.ca_file = directory.path + "/ca.pem"});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(fixture.send(client, post("/", "a"))->body, "POST / a");
    while (fixture.server->connections() > 0) {
      std::this_thread::yield();
    }
  }
}

TEST(Client, hands_a_body_on_as_it_comes_however_it_is_framed) {
  Fixture fixture;
  for (const char* rest : {"Content-Length: 6\r\n\r\nabcdef", "\r\nabcdef",
                           "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"}) {
    ScriptedServer server({std::string("HTTP/1.1 200 OK\r\n") + rest});
    Client client = fixture.client(server.url(), {.response_bytes_max = 4});
    const auto [answer, got] = streamed(fixture, client, 100);
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(got, "abcdef");
    EXPECT_EQ(answer->body, "");
  }
}

TEST(Client, drops_the_connection_when_enough_of_a_body_has_come) {
  Fixture fixture;
  const std::string endless = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
  ScriptedServer server({endless, endless});
  Client client = fixture.client(server.url());
  for (int i = 0; i < 2; ++i) {
    const auto [answer, got] = streamed(fixture, client, 2);
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(got, "abc");
  }
}

TEST(Client, keeps_the_body_of_a_refusal_from_the_sink) {
  Fixture fixture;
  ScriptedServer server({"HTTP/1.1 400 Bad\r\nContent-Length: 2\r\n\r\nno"});
  Client client = fixture.client(server.url());
  const auto [answer, got] = streamed(fixture, client, 100);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->body, "no");
  EXPECT_EQ(got, "");
}

}  // namespace
}  // namespace headrace::http
