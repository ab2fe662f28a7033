#include "server/admin.h"

#include <chrono>
#include <cstdint>
#include <utility>

#include "server/metrics.h"
#include "wire/aws_json.h"

namespace headrace::server {
namespace {

constexpr std::int64_t kAdvanceMsMax = 10LL * 366 * 24 * 3600 * 1000;

http::Response json(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = std::move(body);
  return response;
}

http::Response refuse(int status, std::string_view why) {
  std::string body = "{\"error\":";
  wire::append_json_string(body, why);
  return json(status, body + "}");
}

}  // namespace

boost::asio::awaitable<http::Response> Admin::answer(std::string method, std::string path,
                                                     std::string body) {
  const bool get = method == "GET" || method == "HEAD";
  if (path == "/_headrace/health") {
    if (!get) co_return refuse(405, "health is read with GET");
    co_return json(200, R"({"status":"ok","version":")" HEADRACE_VERSION R"("})");
  }
  if (path == "/_headrace/metrics") {
    if (!get) co_return refuse(405, "metrics are read with GET");
    http::Response response;
    response.status = 200;
    response.headers = {{"Content-Type", std::string(kMetricsContentType)}};
    response.body = co_await pool_.run([this] { return metrics_(); });
    co_return response;
  }
  if (path == "/_headrace/clock") {
    if (get) co_return show_clock();
    if (method != "POST") co_return refuse(405, "the clock is read with GET and moved with POST");
    co_return co_await advance(std::move(body));
  }
  co_return refuse(404, "there is nothing here");
}

boost::asio::awaitable<http::Response> Admin::advance(std::string body) {
  if (manual_ == nullptr) {
    co_return refuse(400, "this clock moves by itself: start with --clock virtual");
  }
  const auto value = wire::parse_json(body);
  const wire::Value* by = value ? value->find("advance_ms") : nullptr;
  const auto* ms = by != nullptr ? std::get_if<std::int64_t>(&by->is) : nullptr;
  if (ms == nullptr || *ms < 0 || *ms > kAdvanceMsMax) {
    co_return refuse(400, "advance_ms is a number of milliseconds, 0 to ten years");
  }
  co_await hands_.run([this, step = *ms] {
    pool_.wait_idle();
    manual_->advance(std::chrono::milliseconds(step), [this] { pool_.wait_idle(); });
    return true;
  });
  co_return show_clock();
}

http::Response Admin::show_clock() const {
  return json(200, "{\"now_ms\":" + std::to_string(clock_.wall_now().ms) +
                       ",\"virtual\":" + (manual_ != nullptr ? "true" : "false") + "}");
}

}  // namespace headrace::server
