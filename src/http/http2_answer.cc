// The streams of an HTTP/2 session: from a request's head to the last byte of its answer.

#include <nghttp2/nghttp2.h>

#include <array>
#include <utility>

#include "http/http2_callbacks.h"
#include "http/http2_session.h"
#include "http/response_head.h"

namespace headrace::http {

Http2Stream& Http2Session::add_stream(std::int32_t id) {
  auto stream =
      std::make_shared<Http2Stream>(static_cast<Http2Input&>(*this), transport_.executor(), id);
  stream->request.secure = secure_;
  stream->request.stop = stream->stop.get_token();
  stream->progress_at = now_;
  if (shared_.draining.load(std::memory_order_relaxed)) {
    stream->stop.request_stop();
  }
  return *(streams_[id] = std::move(stream));
}

void Http2Session::settle() {
  // Either may add to the other's list.
  while (!started_.empty() || !closed_.empty()) {
    for (Http2Stream* stream : std::exchange(started_, {})) {
      if (stream->closed) {
        continue;
      }
      const auto refusal = stream->head.finish(stream->request);
      stream->body.declare(stream->head.content_length(), stream->head.expects_continue());
      if (refusal) {
        refuse(*stream, *refusal);
      } else {
        start(*stream);
      }
    }
    for (Http2Stream* stream : std::exchange(closed_, {})) {
      give_up(*stream);
    }
  }
}

void Http2Session::start(Http2Stream& stream) {
  stream.running = true;
  spawn(answer(streams_.at(stream.id)));
}

// Its coroutine, if there is one, comes to its end by itself.
void Http2Session::give_up(Http2Stream& stream) {
  stream.closed = true;
  active_at_ = now_;
  upgraded_ = upgraded_ == &stream ? nullptr : upgraded_;
  if (!stream.running) {
    forget(stream);
    return;
  }
  stream.body.fail({ErrorCode::kIncompleteBody, "the body ended early"});
  stream.signal.notify();
  stream.stop.request_stop();
}

boost::asio::awaitable<void> Http2Session::answer(std::shared_ptr<Http2Stream> stream) {
  Response response = co_await shared_.handler(stream->request, stream->body);
  stream->body.drop(shared_.limits.dropped_body_bytes_max);
  stream->progress_at = std::chrono::steady_clock::now();
  if (!stream->closed) {
    if (response.close) {
      nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE,
                            nghttp2_session_get_last_proc_stream_id(session_.get()),
                            NGHTTP2_NO_ERROR, nullptr, 0);
    }
    const bool to_head = stream->request.method == "HEAD";
    if (response.source && !to_head && !has_no_body(response.status)) {
      co_await send_source(*stream, response);
    } else {
      send_whole(*stream, response);
    }
  }
  stream->running = false;
  if (stream->closed) {
    forget(*stream);
  }
}

void Http2Session::forget(Http2Stream& stream) {
  // Once the session ends nghttp2 does not say any more which streams it still knows.
  if (!closing_) {
    streams_.erase(stream.id);
  }
}

void Http2Session::send_whole(Http2Stream& stream, Response& response) {
  const bool to_head = stream.request.method == "HEAD";
  const bool has_body = !to_head && !has_no_body(response.status) && !response.body.empty();
  // Before the body is moved out of it.
  const std::int64_t length = content_length_of(response, to_head);
  if (has_body) {
    give_piece(stream, std::exchange(response.body, {}), true);
  }
  submit(stream, response, length, has_body);
}

boost::asio::awaitable<void> Http2Session::send_source(Http2Stream& stream, Response& response) {
  const bool sized = response.source_size >= 0;
  std::int64_t left = response.source_size;
  bool submitted = false;
  stream.endless = !sized;
  if (!sized) {
    // The first piece may take its time; the client learns the status at once.
    submit(stream, response, -1, true);
    submitted = true;
  }
  while (!stream.last_piece) {
    auto piece = co_await response.source();
    if (stream.closed) {
      co_return;
    }
    if (piece && sized) {
      left -= static_cast<std::int64_t>(piece->size());
    }
    const bool ends = piece && (sized ? left == 0 : piece->empty());
    const bool broken = !piece || (sized && (left < 0 || (piece->empty() && !ends)));
    if (broken && submitted) {
      reset(stream.id, NGHTTP2_INTERNAL_ERROR);
      co_return;
    }
    if (broken) {
      refuse(stream, {.status = 500, .why = "the answer could not be read"});
      co_return;
    }
    give_piece(stream, std::move(*piece), ends);
    if (!submitted) {
      submit(stream, response, response.source_size, stream.left() > 0);
      submitted = true;
    }
    while (stream.left() > 0 && !stream.closed && !ends) {
      co_await stream.signal.wait();
    }
    if (stream.closed) {
      co_return;
    }
  }
}

void Http2Session::submit(Http2Stream& stream, const Response& response,
                          std::int64_t content_length, bool with_body) {
  const Http2ResponseHead head(response, content_length);
  nghttp2_data_provider provider{};
  provider.source.ptr = &stream;
  provider.read_callback = Http2Callbacks::read_piece;
  if (nghttp2_submit_response(session_.get(), stream.id, head.fields().data(), head.fields().size(),
                              with_body ? &provider : nullptr) != 0) {
    reset(stream.id, NGHTTP2_INTERNAL_ERROR);
  }
  wake_writer();
}

// The one before has been taken.
void Http2Session::give_piece(Http2Stream& stream, std::string piece, bool last) {
  stream.piece = std::move(piece);
  stream.taken = 0;
  stream.last_piece = last;
  stream.progress_at = std::chrono::steady_clock::now();
  if (std::exchange(stream.deferred, false)) {
    nghttp2_session_resume_data(session_.get(), stream.id);
    wake_writer();
  }
}

void Http2Session::refuse(Http2Stream& stream, const Refusal& refusal) {
  Response response;
  response.status = refusal.status;
  response.headers.emplace_back("content-type", "text/plain");
  response.body = std::string(refusal.why) + "\n";
  stream.body.drop(shared_.limits.dropped_body_bytes_max);
  send_whole(stream, response);
}

void Http2Session::reset(std::int32_t stream_id, std::uint32_t code) {
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream_id, code);
  wake_writer();
}

void Http2Session::consume(std::int32_t stream_id, std::size_t bytes) {
  if (bytes > 0) {
    nghttp2_session_consume(session_.get(), stream_id, bytes);
    wake_writer();
  }
}

void Http2Session::invite(std::int32_t stream_id) {
  static constexpr std::string_view kName = ":status";
  static constexpr std::string_view kValue = "100";
  // nghttp2 only reads them, though its fields are not const.
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  const std::array<nghttp2_nv, 1> fields = {{{.name = bytes(kName),
                                              .value = bytes(kValue),
                                              .namelen = kName.size(),
                                              .valuelen = kValue.size(),
                                              .flags = NGHTTP2_NV_FLAG_NONE}}};
  nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, stream_id, nullptr, fields.data(),
                         fields.size(), nullptr);
  wake_writer();
}

void Http2Session::decline(std::int32_t stream_id) {
  const auto found = streams_.find(stream_id);
  if (found == streams_.end() || found->second->closed) {
    return;
  }
  if (found->second->sent) {
    reset(stream_id, NGHTTP2_NO_ERROR);
  } else {
    found->second->declined = true;
  }
}

}  // namespace headrace::http
