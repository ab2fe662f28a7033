#include "http/session.h"

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <charconv>
#include <utility>

#include "http/http2_upgrade.h"
#include "http/peer_watch.h"

namespace headrace::http {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kBufferBytes = 8U << 10;
// How long a connection that we close is kept for the peer to take the end of the answer.
constexpr milliseconds kLinger{1000};
// The same when there is no answer to take, only the end of TLS to acknowledge.
constexpr milliseconds kSilentLinger{100};
// A request that turns into HTTP/2's first stream is kept whole; one with more than this is
// answered as if it had not asked.
constexpr std::int64_t kUpgradeBodyBytesMax = 1 << 20;
constexpr std::string_view kSwitching =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
// The client went away or stayed silent: nobody reads an answer.
constexpr Refusal kGone{.status = 0, .why = "gone"};

}  // namespace

Session::Session(Transport& transport, ReceiveBuffer& buffer, const SessionShared& shared,
                 bool secure)
    : transport_(transport),
      buffer_(buffer),
      shared_(shared),
      secure_(secure),
      idle_timeout_(shared.limits.idle_timeout),
      progress_timeout_(shared.limits.progress_timeout) {}

boost::asio::awaitable<std::optional<Upgrade>> Session::serve() {
  while (co_await exchange()) {
    buffer_.shrink(kBufferBytes);
  }
  co_return std::move(upgrade_);
}

boost::asio::awaitable<void> Session::turn_away(std::chrono::milliseconds timeout) {
  idle_timeout_ = progress_timeout_ = timeout;
  if (co_await receive_head()) {
    co_await refuse({.status = 503, .why = "too many connections"});
  }
}

void Session::drain() {
  stop_.request_stop();
  if (idle_) {
    transport_.interrupt();
  }
}

void Session::abort() { stop_.request_stop(); }

boost::asio::awaitable<std::expected<Session::Incoming, Refusal>> Session::receive_head() {
  scanner_.reset();
  while (true) {
    const auto size = scanner_.scan(buffer_.bytes());
    if (!size) {
      co_return std::unexpected(size.error());
    }
    if (*size > 0) {
      Incoming incoming;
      const std::string_view head = buffer_.bytes().substr(0, *size);
      incoming.request.storage.assign(head.begin(), head.end());
      incoming.request.secure = secure_;
      incoming.request.stop = stop_.get_token();
      buffer_.consume(*size);
      const auto framing = parse_head(incoming.request);
      if (!framing) {
        co_return std::unexpected(framing.error());
      }
      incoming.framing = *framing;
      co_return incoming;
    }
    const bool idle = buffer_.empty();
    if (idle && shared_.draining.load(std::memory_order_relaxed)) {
      co_return std::unexpected(kGone);
    }
    const std::span<char> room = buffer_.room(kBufferBytes);
    idle_ = idle;
    const IoOutcome outcome = co_await transport_.read_some(
        room.data(), room.size(), idle ? idle_timeout_ : progress_timeout_);
    idle_ = false;
    if (outcome.error) {
      const bool stalled = !idle && outcome.error == boost::asio::error::timed_out;
      co_return std::unexpected(
          stalled ? Refusal{.status = 408, .why = "the request did not arrive"} : kGone);
    }
    buffer_.added(outcome.bytes);
  }
}

// One request and its answer; whether another may follow.
boost::asio::awaitable<bool> Session::exchange() {
  auto incoming = co_await receive_head();
  if (!incoming) {
    if (incoming.error().status != 0) {
      co_await refuse(incoming.error());
    } else {
      co_await transport_.finish(kSilentLinger);
    }
    co_return false;
  }
  RequestBody body(transport_, buffer_, incoming->framing, progress_timeout_);
  if (incoming->framing.upgrade_h2c && co_await upgrade(*incoming, body)) {
    co_return false;
  }
  Response response = co_await shared_.handler(incoming->request, body);

  const ResponseFraming framing = frame(response, *incoming, body);
  const bool head_only = incoming->request.method == "HEAD" || has_no_body(response.status);
  head_.clear();
  append_head(head_, response, framing);
  bool sent = false;
  if (response.source && !head_only) {
    sent = co_await send_source(response, framing, body.finished());
  } else {
    const std::string_view bytes = head_only ? std::string_view() : response.body;
    sent = !co_await transport_.write(head_, bytes, progress_timeout_);
  }
  if (!sent) {
    co_return false;
  }
  if (framing.close || !co_await body.drop(shared_.limits.dropped_body_bytes_max)) {
    co_await part(body.finished());
    co_return false;
  }
  co_return true;
}

ResponseFraming Session::frame(const Response& response, const Incoming& incoming,
                               const RequestBody& body) const {
  ResponseFraming framing;
  framing.close = response.close || !incoming.framing.keep_alive ||
                  shared_.draining.load(std::memory_order_relaxed) ||
                  !body.can_finish(shared_.limits.dropped_body_bytes_max);
  framing.say_keep_alive = incoming.framing.minor == 0;
  framing.length = content_length_of(response, incoming.request.method == "HEAD");
  if (framing.length >= 0) {
    framing.body = BodyFraming::kLength;
  } else if (has_no_body(response.status)) {
    framing.body = BodyFraming::kNone;
  } else if (incoming.framing.minor == 1) {
    framing.body = BodyFraming::kChunked;
  } else {
    framing.body = BodyFraming::kClose;
    framing.close = true;
  }
  return framing;
}

// Whether the connection goes on in HTTP/2; it is then at the client's preface.
boost::asio::awaitable<bool> Session::upgrade(Incoming& incoming, RequestBody& body) {
  const Framing& framing = incoming.framing;
  auto settings = decode_http2_settings(incoming.request.header("http2-settings"));
  if (secure_ || !settings || framing.chunked || framing.content_length > kUpgradeBodyBytesMax) {
    co_return false;
  }
  auto bytes = co_await body.all(static_cast<std::size_t>(kUpgradeBodyBytesMax));
  if (!bytes || co_await transport_.write(kSwitching, {}, progress_timeout_)) {
    transport_.close();
    co_return true;
  }
  upgrade_.emplace(Upgrade{std::move(incoming.request), std::move(*bytes), std::move(*settings)});
  co_return true;
}

boost::asio::awaitable<bool> Session::send_source(Response& response, ResponseFraming framing,
                                                  bool body_is_read) {
  if (response.source_size >= 0 || !body_is_read) {
    co_return co_await stream(std::move(response.source), framing);
  }
  PeerWatch watch(transport_, buffer_, stop_);
  watch.start();
  const bool sent = co_await stream(std::move(response.source), framing);
  co_await watch.end();
  co_return sent;
}

// Sends head_ and what `source` gives; false: the connection is of no more use.
boost::asio::awaitable<bool> Session::stream(BodySource source, ResponseFraming framing) {
  const bool sized = framing.body == BodyFraming::kLength;
  std::string_view head = head_;
  if (!sized) {
    // The first piece may take its time; the client learns the status at once.
    if (co_await transport_.write(head, {}, progress_timeout_)) {
      co_return false;
    }
    head = {};
  }
  std::int64_t left = sized ? framing.length : 0;
  while (true) {
    auto piece = co_await source();
    if (!piece && !head.empty()) {
      co_await refuse({.status = 500, .why = "the answer could not be read"});
    }
    if (!piece) {
      co_return false;
    }
    left -= sized ? static_cast<std::int64_t>(piece->size()) : 0;
    if (piece->empty() || left < 0) {
      break;
    }
    stuck_ = !sized;
    const bool failed =
        framing.body == BodyFraming::kChunked
            ? !co_await send_chunk(std::move(*piece))
            : static_cast<bool>(co_await transport_.write(head, *piece, progress_timeout_));
    stuck_ = false;
    if (failed) {
      co_return false;
    }
    head = {};
  }
  if (sized) {
    const bool sent = head.empty() || !co_await transport_.write(head, {}, progress_timeout_);
    co_return sent&& left == 0;
  }
  co_return framing.body == BodyFraming::kClose ||
      !co_await transport_.write("0\r\n\r\n", {}, progress_timeout_);
}

boost::asio::awaitable<bool> Session::send_chunk(std::string piece) {
  std::array<char, 20> size{};
  const auto end = std::to_chars(size.begin(), size.end(), piece.size(), 16).ptr;
  const std::string line = std::string(size.begin(), end).append("\r\n");
  piece.append("\r\n");
  co_return !co_await transport_.write(line, piece, progress_timeout_);
}

boost::asio::awaitable<void> Session::refuse(Refusal refusal) {
  Response response;
  response.status = refusal.status;
  response.headers.emplace_back("Content-Type", "text/plain");
  response.body = std::string(refusal.why) + "\n";
  head_.clear();
  append_head(head_, response,
              {.length = static_cast<std::int64_t>(response.body.size()), .close = true});
  if (!co_await transport_.write(head_, response.body, progress_timeout_)) {
    co_await part(false);
  }
}

boost::asio::awaitable<void> Session::part(bool request_was_read) {
  co_await transport_.finish(kLinger);
  if (!request_was_read) {
    co_await transport_.drop_input(kLinger);
  }
}

}  // namespace headrace::http
