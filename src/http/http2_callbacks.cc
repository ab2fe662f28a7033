#include "http/http2_callbacks.h"

#include <algorithm>
#include <string_view>

#include "base/check.h"

namespace headrace::http {
namespace {

// A write gathers frames up to about this many bytes.
constexpr std::size_t kOutputBytes = 128U << 10;

std::string_view text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

// The stream's state; null for one that was refused.
Http2Stream* stream_of(nghttp2_session* session, std::int32_t id) {
  return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session, id));
}

bool is_request(const nghttp2_frame& frame) {
  return frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST;
}

bool ends_stream(const nghttp2_frame& frame) {
  return (frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA) &&
         (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
}

}  // namespace

const nghttp2_session_callbacks* Http2Callbacks::table() {
  static const nghttp2_session_callbacks* const kTable = [] {
    nghttp2_session_callbacks* callbacks = nullptr;
    CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame_received);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, data_received);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, frame_sent);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, send_data);
    nghttp2_session_callbacks_set_data_source_read_length_callback(callbacks, frame_size);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, stream_closed);
    return callbacks;
  }();
  return kTable;
}

const nghttp2_option* Http2Callbacks::options() {
  static const nghttp2_option* const kOptions = [] {
    nghttp2_option* options = nullptr;
    CHECK(nghttp2_option_new(&options) == 0);
    nghttp2_option_set_no_auto_window_update(options, 1);
    nghttp2_option_set_no_closed_streams(options, 1);
    return options;
  }();
  return kOptions;
}

ssize_t Http2Callbacks::read_piece(nghttp2_session* /*session*/, std::int32_t /*id*/,
                                   std::uint8_t* /*into*/, std::size_t size, std::uint32_t* flags,
                                   nghttp2_data_source* source, void* /*user*/) {
  auto& stream = *static_cast<Http2Stream*>(source->ptr);
  const std::size_t given = std::min(stream.left(), size);
  if (given == 0 && !stream.last_piece) {
    stream.deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (stream.last_piece && given == stream.left()) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
  }
  return static_cast<ssize_t>(given);
}

int Http2Callbacks::begin_headers(nghttp2_session* session, const nghttp2_frame* frame,
                                  void* user) {
  auto& self = *static_cast<Http2Session*>(user);
  if (!is_request(*frame)) {
    return 0;
  }
  if (self.streams_.size() >= kHandlersMax) {
    return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                     NGHTTP2_REFUSED_STREAM);
  }
  nghttp2_session_set_stream_user_data(session, frame->hd.stream_id,
                                       &self.add_stream(frame->hd.stream_id));
  return 0;
}

int Http2Callbacks::header(nghttp2_session* session, const nghttp2_frame* frame,
                           const std::uint8_t* name, std::size_t name_size,
                           const std::uint8_t* value, std::size_t value_size,
                           std::uint8_t /*flags*/, void* /*user*/) {
  Http2Stream* stream = stream_of(session, frame->hd.stream_id);
  if (stream == nullptr) {
    return 0;
  }
  if (is_request(*frame)) {
    stream->head.add(text(name, name_size), text(value, value_size));
  } else {
    stream->body.add_trailer(text(name, name_size), text(value, value_size));
  }
  return 0;
}

int Http2Callbacks::frame_received(nghttp2_session* session, const nghttp2_frame* frame,
                                   void* user) {
  auto& self = *static_cast<Http2Session*>(user);
  using Kind = FloodGuard::Kind;
  const auto tolerate = [&self](Kind kind) {
    if (!self.guard_.count(kind, self.now_)) {
      self.terminate(NGHTTP2_ENHANCE_YOUR_CALM);
    }
  };
  switch (frame->hd.type) {
    case NGHTTP2_RST_STREAM: tolerate(Kind::kReset); return 0;
    case NGHTTP2_PING: tolerate(Kind::kPing); return 0;
    case NGHTTP2_SETTINGS: tolerate(Kind::kSettings); return 0;
    case NGHTTP2_PRIORITY: tolerate(Kind::kPriority); return 0;
    case NGHTTP2_DATA:
      if (frame->hd.length == frame->data.padlen && !ends_stream(*frame)) {
        tolerate(Kind::kEmptyData);
      }
      break;
    default: break;
  }
  Http2Stream* stream = stream_of(session, frame->hd.stream_id);
  if (stream == nullptr) {
    return 0;
  }
  if (is_request(*frame) && !stream->head_complete) {
    stream->head_complete = true;
    self.started_.push_back(stream);
  }
  if (ends_stream(*frame)) {
    stream->body.end();
  }
  return 0;
}

int Http2Callbacks::data_received(nghttp2_session* session, std::uint8_t /*flags*/, std::int32_t id,
                                  const std::uint8_t* data, std::size_t size, void* user) {
  auto& self = *static_cast<Http2Session*>(user);
  Http2Stream* stream = stream_of(session, id);
  if (stream == nullptr) {
    self.consume(id, size);
    return 0;
  }
  stream->progress_at = self.now_;
  stream->body.receive(text(data, size));
  return 0;
}

int Http2Callbacks::frame_sent(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
  auto& self = *static_cast<Http2Session*>(user);
  // Resets that the client provokes count as its own; streams beyond what it may open cost nothing.
  const bool provoked = frame->hd.type == NGHTTP2_RST_STREAM &&
                        frame->rst_stream.error_code != NGHTTP2_NO_ERROR &&
                        frame->rst_stream.error_code != NGHTTP2_REFUSED_STREAM;
  if (provoked && !self.guard_.count(FloodGuard::Kind::kReset, self.now_)) {
    self.terminate(NGHTTP2_ENHANCE_YOUR_CALM);
  }
  const Http2Stream* answered =
      frame->hd.type == NGHTTP2_HEADERS ? stream_of(session, frame->hd.stream_id) : nullptr;
  self.sized_ = self.sized_ || (answered != nullptr && !answered->endless);
  if (!ends_stream(*frame)) {
    return 0;
  }
  if (Http2Stream* stream = stream_of(session, frame->hd.stream_id)) {
    stream->sent = true;
    if (stream->declined) {
      self.reset(stream->id, NGHTTP2_NO_ERROR);
    }
  }
  return 0;
}

int Http2Callbacks::send_data(nghttp2_session* /*session*/, nghttp2_frame* /*frame*/,
                              const std::uint8_t* frame_head, std::size_t size,
                              nghttp2_data_source* source, void* user) {
  constexpr std::size_t kFrameHeadBytes = 9;
  auto& self = *static_cast<Http2Session*>(user);
  if (self.output_.size() >= kOutputBytes) {
    return NGHTTP2_ERR_WOULDBLOCK;
  }
  auto& stream = *static_cast<Http2Stream*>(source->ptr);
  self.output_.append(text(frame_head, kFrameHeadBytes));
  self.output_.append(stream.piece, stream.taken, size);
  self.sized_ = self.sized_ || !stream.endless;
  stream.taken += size;
  stream.progress_at = self.sent_at_ = self.now_;
  if (stream.left() == 0) {
    stream.piece = {};
    stream.taken = 0;
    stream.signal.notify();
  }
  return 0;
}

ssize_t Http2Callbacks::frame_size(nghttp2_session* /*session*/, std::uint8_t /*type*/,
                                   std::int32_t /*id*/, std::int32_t /*session_window*/,
                                   std::int32_t /*stream_window*/, std::uint32_t frame_size_max,
                                   void* /*user*/) {
  return std::min(frame_size_max, kFrameBytesMax);
}

int Http2Callbacks::stream_closed(nghttp2_session* session, std::int32_t id, std::uint32_t /*code*/,
                                  void* user) {
  auto& self = *static_cast<Http2Session*>(user);
  if (Http2Stream* stream = stream_of(session, id)) {
    stream->closed = true;
    self.closed_.push_back(stream);
  }
  return 0;
}

}  // namespace headrace::http
