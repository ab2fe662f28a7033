#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "http/http2_server_for_test.h"

namespace headrace::http {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

Response plain(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

// Until the stage opens or the request is to stop.
asio::awaitable<void> wait_at(Stage& stage, std::stop_token stop) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  ++stage.entered;
  while (!stage.open && !stop.stop_requested()) {
    // The stage is opened on another thread, so its part of this wait is a poll.
    timer.expires_after(milliseconds(1));
    boost::system::error_code cancelled;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
  stage.stopped += stop.stop_requested() ? 1 : 0;
}

// Until the request is to stop, with nothing else that could wake it.
asio::awaitable<void> wait_for_stop(Stage& stage, std::stop_token stop) {
  asio::steady_timer timer(co_await asio::this_coro::executor,
                           asio::steady_timer::time_point::max());
  const auto wake = [&timer] { timer.cancel(); };
  const std::stop_callback watch(stop, wake);
  ++stage.entered;
  boost::system::error_code cancelled;
  if (!stop.stop_requested()) {
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
  ++stage.stopped;
}

asio::awaitable<Result<std::string>> next_of_endless(Stage& stage) {
  ++stage.pulled;
  co_return std::string(64U << 10, 'e');
}

asio::awaitable<Result<std::string>> next_of_subscription(Stage& stage, std::stop_token stop,
                                                          std::shared_ptr<int> sent) {
  if ((*sent)++ == 0) {
    co_return "hello";
  }
  co_await wait_for_stop(stage, stop);
  co_return std::string();
}

asio::awaitable<Result<std::string>> next_of_list(
    std::shared_ptr<std::vector<Result<std::string>>> rest) {
  if (rest->empty()) {
    co_return std::string();
  }
  auto piece = std::move(rest->front());
  rest->erase(rest->begin());
  co_return piece;
}

Response streamed(std::vector<Result<std::string>> list, std::int64_t size) {
  Response response;
  response.source = std::bind_front(
      next_of_list, std::make_shared<std::vector<Result<std::string>>>(std::move(list)));
  response.source_size = size;
  return response;
}

asio::awaitable<Response> read_by_pieces(Stage& stage, Request& request, Body& body) {
  co_await wait_at(stage, request.stop);
  std::string bytes;
  while (true) {
    auto piece = co_await body.next();
    if (!piece) {
      co_return plain(400, std::string(name(piece.error().code)));
    }
    if (piece->empty()) {
      break;
    }
    bytes.append(*piece);
  }
  Response response = plain(200, bytes);
  response.headers.emplace_back("X-Trailer", body.trailer("x-sum"));
  response.headers.emplace_back("Connection", "keep-alive");
  response.headers.emplace_back("X-Name", "a\r\nb");
  co_return response;
}

asio::awaitable<Response> handle_waiting(Stage& stage, Request& request, Body& body) {
  if (request.path == "/wait") {
    co_await wait_at(stage, request.stop);
    co_return plain(200, "waited");
  }
  if (request.path == "/large") {
    ++stage.entered;
    co_return plain(200, std::string(kLargeBytes, 'l'));
  }
  if (request.path == "/hold") {
    co_await wait_for_stop(stage, request.stop);
    co_return plain(200, "held");
  }
  if (request.path == "/pieces") {
    co_return co_await read_by_pieces(stage, request, body);
  }
  Response response;
  if (request.path == "/endless") {
    response.source = std::bind_front(next_of_endless, std::ref(stage));
  } else {
    response.source = std::bind_front(next_of_subscription, std::ref(stage), request.stop,
                                      std::make_shared<int>(0));
  }
  co_return response;
}

Response answer_at_once(const Request& request) {
  if (request.path == "/fields") {
    std::string text = std::string(request.method) + " " + std::string(request.query) + "\n";
    for (const HeaderView& field : request.headers) {
      text.append(field.name).append("=").append(field.value).append("\n");
    }
    return plain(200, text + (request.secure ? "secure" : "plain"));
  }
  if (request.path == "/304" || request.path == "/204") {
    Response response = plain(request.path == "/304" ? 304 : 204, "");
    response.content_length = 1234;
    return response;
  }
  if (request.path == "/close") {
    Response response = plain(200, "closing");
    response.close = true;
    return response;
  }
  if (request.path == "/sized") {
    return streamed({"abc", "defgh"}, 8);
  }
  if (request.path == "/chunked") {
    return streamed({"abc", "defgh"}, -1);
  }
  if (request.path == "/short") {
    return streamed({"abc"}, 8);
  }
  if (request.path == "/broken") {
    return streamed({"abc", fail(ErrorCode::kIo, "disk")}, -1);
  }
  if (request.path == "/failed") {
    return streamed({fail(ErrorCode::kIo, "disk")}, 8);
  }
  return plain(200, "");
}

}  // namespace

asio::awaitable<Response> handle_on_stage(Stage& stage, Request& request, Body& body) {
  for (const std::string_view path :
       {"/wait", "/hold", "/large", "/pieces", "/endless", "/subscribe"}) {
    if (request.path == path) {
      co_return co_await handle_waiting(stage, request, body);
    }
  }
  if (request.path == "/echo") {
    auto bytes = co_await read_all(body, 16U << 20);
    co_return bytes ? plain(200, std::move(*bytes))
                    : plain(400, std::string(name(bytes.error().code)));
  }
  co_return answer_at_once(request);
}

}  // namespace headrace::http
