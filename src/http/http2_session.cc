#include "http/http2_session.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <span>
#include <utility>

#include "base/check.h"
#include "http/http2_callbacks.h"
#include "http/response_head.h"

namespace headrace::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kSmallReadBytes = 8U << 10;
constexpr std::size_t kLargeReadBytes = 64U << 10;
// Past this no further frame is added to a write.
constexpr std::size_t kOutputBytesMax = 256U << 10;
// What a connection without streams keeps of its output's memory.
constexpr std::size_t kOutputBytesKept = 16U << 10;
// Between the notice of a drain and its end: requests on their way meanwhile are served.
constexpr milliseconds kNotice{100};
// How long a connection that we close is kept for the peer to take the end.
constexpr milliseconds kLinger{1000};
constexpr milliseconds kLookMax{5000};
constexpr milliseconds kLookMin{1};

std::uint32_t code_for(ssize_t failure) {
  switch (failure) {
    case NGHTTP2_ERR_FLOODED:
    case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS: return NGHTTP2_ENHANCE_YOUR_CALM;
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC: return NGHTTP2_PROTOCOL_ERROR;
    default: return NGHTTP2_INTERNAL_ERROR;
  }
}

}  // namespace

void Http2Session::Freed::operator()(nghttp2_session* session) const {
  nghttp2_session_del(session);
}

Http2Session::Http2Session(Transport& transport, ReceiveBuffer& buffer, const SessionShared& shared,
                           bool secure)
    : transport_(transport),
      buffer_(buffer),
      shared_(shared),
      secure_(secure),
      output_ready_(transport.executor()),
      ended_(transport.executor()),
      look_(transport.executor()),
      now_(steady_clock::now()),
      active_at_(now_),
      sent_at_(now_),
      read_bytes_(kSmallReadBytes) {}

Http2Session::~Http2Session() = default;

boost::asio::awaitable<void> Http2Session::serve() {
  begin();
  co_await run();
}

boost::asio::awaitable<void> Http2Session::serve_upgraded(Upgrade upgrade) {
  begin();
  const auto* settings = reinterpret_cast<const std::uint8_t*>(upgrade.settings.data());
  if (nghttp2_session_upgrade2(session_.get(), settings, upgrade.settings.size(),
                               upgrade.request.method == "HEAD" ? 1 : 0, nullptr) != 0) {
    terminate(NGHTTP2_PROTOCOL_ERROR);
  } else {
    Http2Stream& stream = add_stream(1);
    nghttp2_session_set_stream_user_data(session_.get(), stream.id, &stream);
    stream.request = std::move(upgrade.request);
    stream.request.stop = stream.stop.get_token();
    stream.head_complete = true;
    stream.body.preset(std::move(upgrade.body));
    stream.body.end();
    upgraded_ = &stream;
  }
  co_await run();
}

boost::asio::awaitable<void> Http2Session::turn_away() {
  begin();
  terminate(NGHTTP2_ENHANCE_YOUR_CALM);
  co_await run();
}

void Http2Session::begin() {
  nghttp2_session* session = nullptr;
  CHECK(nghttp2_session_server_new2(&session, Http2Callbacks::table(), this,
                                    Http2Callbacks::options()) == 0);
  session_.reset(session);
  const std::array<nghttp2_settings_entry, 4> settings = {{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kStreamsMax},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindowBytes},
      {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, kFrameBytesMax},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(kHeadBytesMax)},
  }};
  CHECK(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) == 0);
  CHECK(nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0,
                                              kConnectionWindowBytes) == 0);
  if (shared_.draining.load(std::memory_order_relaxed)) {
    drain();
  }
}

boost::asio::awaitable<void> Http2Session::run() {
  spawn(write_loop());
  spawn(watch_times());
  co_await read_loop();
  closing_ = true;
  look_.cancel();
  output_ready_.notify();
  if (gone_) {
    transport_.close();
  }
  for (const auto& [id, stream] : streams_) {
    give_up(*stream);
  }
  while (!writer_ended_) {
    co_await ended_.wait();
  }
  if (!gone_) {
    co_await transport_.finish(kLinger);
    co_await transport_.drop_input(kLinger);
  }
  transport_.close();
  while (coroutines_ > 0) {
    co_await ended_.wait();
  }
}

void Http2Session::spawn(boost::asio::awaitable<void> work) {
  ++coroutines_;
  boost::asio::co_spawn(transport_.executor(), count(std::move(work)), boost::asio::detached);
}

boost::asio::awaitable<void> Http2Session::count(boost::asio::awaitable<void> work) {
  co_await std::move(work);
  --coroutines_;
  ended_.notify();
}

// Returns when nothing more is wanted from the client, or comes.
boost::asio::awaitable<void> Http2Session::read_loop() {
  while (buffer_.empty() || feed()) {
    const std::span<char> room = buffer_.room(read_bytes_);
    const IoOutcome outcome =
        co_await transport_.read_some(room.data(), room.size(), Transport::kNever);
    now_ = steady_clock::now();
    if (outcome.error) {
      gone_ = gone_ || !closing_;
      co_return;
    }
    active_at_ = now_;
    buffer_.added(outcome.bytes);
    // Bodies come in large reads; a connection that has little to say keeps a small buffer.
    read_bytes_ = outcome.bytes == room.size() ? kLargeReadBytes : read_bytes_;
  }
}

// Whether to read on.
bool Http2Session::feed() {
  const std::string_view bytes = buffer_.bytes();
  const ssize_t used = nghttp2_session_mem_recv(
      session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  buffer_.consume(bytes.size());
  if (used < 0) {
    terminate(code_for(used));
  }
  settle();
  if (upgraded_ != nullptr) {
    start(*std::exchange(upgraded_, nullptr));
  }
  if (streams_.empty() && read_bytes_ > kSmallReadBytes) {
    read_bytes_ = kSmallReadBytes;
    buffer_.shrink(kSmallReadBytes);
  }
  if (nghttp2_session_want_write(session_.get()) != 0) {
    wake_writer();
  }
  return used >= 0 && nghttp2_session_want_read(session_.get()) != 0;
}

boost::asio::awaitable<void> Http2Session::write_loop() {
  while (!gone_) {
    now_ = steady_clock::now();
    gather();
    if (output_.empty() && closing_) {
      break;
    }
    if (output_.empty()) {
      co_await output_ready_.wait();
      continue;
    }
    writing_ = true;
    const auto error = co_await transport_.write({}, output_, shared_.limits.progress_timeout);
    writing_ = false;
    output_.clear();
    sized_ = false;
    if (streams_.empty() && output_.capacity() > kOutputBytesKept) {
      output_ = {};
    }
    if (error) {
      gone_ = true;
      transport_.close();
    }
  }
  writer_ended_ = true;
  transport_.interrupt();  // the reader
}

// Into output_, a batch of what may be sent.
void Http2Session::gather() {
  while (nghttp2_session_want_write(session_.get()) != 0) {
    const std::uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &data);
    if (size < 0) {
      gone_ = true;
      transport_.close();
    }
    if (size <= 0) {
      break;
    }
    output_.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
    if (output_.size() >= kOutputBytesMax) {
      break;
    }
  }
  settle();
  closing_ = closing_ || nghttp2_session_want_read(session_.get()) == 0;
}

void Http2Session::wake_writer() { output_ready_.notify(); }

void Http2Session::terminate(std::uint32_t code) {
  nghttp2_session_terminate_session(session_.get(), code);
  wake_writer();
}

void Http2Session::drain() {
  for (const auto& [id, stream] : streams_) {
    stream->stop.request_stop();
  }
  if (session_ == nullptr || goaway_at_ != Time::max()) {
    return;
  }
  nghttp2_submit_shutdown_notice(session_.get());
  goaway_at_ = steady_clock::now() + kNotice;
  look_.cancel();
  wake_writer();
}

void Http2Session::cut_stuck() {
  bool endless = true;
  for (const auto& [id, stream] : streams_) {
    if (stream->endless && stream->left() > 0 && !stream->closed) {
      reset(id, NGHTTP2_CANCEL);
    }
    endless = endless && (stream->endless || stream->closed);
  }
  // A client that reads nothing at all does not read resets either. The stream of an answer with a
  // length may be gone while the answer's end is still being written.
  if (writing_ && endless && !sized_) {
    transport_.close();
  }
}

boost::asio::awaitable<void> Http2Session::watch_times() {
  while (!closing_ && !gone_) {
    look_.expires_after(next_look());
    boost::system::error_code cancelled;
    co_await look_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    if (!closing_ && !gone_) {
      now_ = steady_clock::now();
      check_times();
    }
  }
}

milliseconds Http2Session::next_look() const {
  const milliseconds shortest =
      std::min(shared_.limits.idle_timeout, shared_.limits.progress_timeout);
  milliseconds wait = std::clamp(shortest / 4, kLookMin, kLookMax);
  if (goaway_at_ != Time::max()) {
    wait = std::min(wait, std::chrono::ceil<milliseconds>(goaway_at_ - steady_clock::now()));
  }
  return std::max(wait, kLookMin);
}

void Http2Session::check_times() {
  const bool idle = streams_.empty() && now_ - active_at_ >= shared_.limits.idle_timeout;
  const bool drained = now_ >= goaway_at_;
  if (idle || (drained && streams_.empty())) {
    terminate(NGHTTP2_NO_ERROR);
  } else if (drained) {
    nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE,
                          nghttp2_session_get_last_proc_stream_id(session_.get()), NGHTTP2_NO_ERROR,
                          nullptr, 0);
    goaway_at_ = Time::max() - std::chrono::hours(1);  // once
    wake_writer();
  }
  for (const auto& [id, stream] : streams_) {
    check_stream(*stream);
  }
}

// What HTTP/1.1 does with a connection whose client makes no progress.
void Http2Session::check_stream(Http2Stream& stream) {
  const milliseconds timeout = shared_.limits.progress_timeout;
  if (stream.closed || now_ - stream.progress_at < timeout) {
    return;
  }
  if (!stream.head_complete) {
    // The rest of the connection is held up by it.
    terminate(NGHTTP2_ENHANCE_YOUR_CALM);
  } else if (stream.left() > 0) {
    // Else it waits for the transport, which has its own timeout.
    const bool by_stream =
        nghttp2_session_get_stream_remote_window_size(session_.get(), stream.id) <= 0;
    const bool by_connection = nghttp2_session_get_remote_window_size(session_.get()) <= 0;
    if (by_stream || (by_connection && now_ - sent_at_ >= timeout)) {
      reset(stream.id, NGHTTP2_CANCEL);
    }
  } else if (stream.body.waiting()) {
    stream.body.fail({ErrorCode::kRequestTimeout, "the client stopped sending the body"});
  } else if (stream.sent) {
    // Only the end of a request that nobody reads is missing.
    reset(stream.id, NGHTTP2_NO_ERROR);
  }
}

}  // namespace headrace::http
