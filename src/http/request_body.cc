#include "http/request_body.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <cstring>
#include <utility>

namespace headrace::http {
namespace {

constexpr std::size_t kPieceBytes = 64U << 10;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

RequestBody::RequestBody(Transport& transport, ReceiveBuffer& buffer, const Framing& framing,
                         std::chrono::milliseconds progress_timeout)
    : transport_(transport),
      buffer_(buffer),
      framing_(framing),
      progress_timeout_(progress_timeout),
      left_(static_cast<std::uint64_t>(std::max<std::int64_t>(framing.content_length, 0))),
      finished_(!framing.has_body()),
      awaits_continue_(framing.expect_continue) {}

boost::asio::awaitable<Result<std::string_view>> RequestBody::next() {
  while (!failure_) {
    if (finished_) {
      co_return std::string_view();
    }
    const std::string_view piece = take();
    if (!piece.empty()) {
      co_return piece;
    }
    if (!finished_ && !failure_) {
      co_await receive_piece();
    }
  }
  co_return std::unexpected(*failure_);
}

// What the buffer has of the body.
std::string_view RequestBody::take() {
  std::string_view piece;
  const std::string_view bytes = buffer_.bytes();
  if (bytes.empty()) {
    return piece;
  }
  awaits_continue_ = false;
  if (framing_.chunked) {
    const auto step = chunks_.decode(bytes);
    if (!step) {
      failure_ = Error{ErrorCode::kIncompleteBody, "the chunked coding of the body is malformed"};
      return piece;
    }
    piece = step->data;
    buffer_.consume(step->consumed);
    finished_ = chunks_.done();
  } else {
    piece = bytes.substr(0, left_);
    buffer_.consume(piece.size());
    left_ -= piece.size();
    finished_ = left_ == 0;
  }
  return piece;
}

boost::asio::awaitable<void> RequestBody::receive_piece() {
  const std::size_t wanted =
      framing_.chunked ? kPieceBytes : std::min<std::size_t>(left_, kPieceBytes);
  const std::span<char> room = buffer_.room(wanted);
  buffer_.added(co_await receive(room.data(), room.size()));
}

boost::asio::awaitable<std::size_t> RequestBody::receive(char* into, std::size_t size) {
  if (awaits_continue_) {
    awaits_continue_ = false;
    // A client that is gone shows when it is read from.
    co_await transport_.write(kContinue, {}, progress_timeout_);
  }
  std::optional<IoOutcome> outcome = transport_.try_read(into, size);
  if (!outcome) {
    outcome = co_await transport_.read_some(into, size, progress_timeout_);
  }
  if (!outcome->error) {
    co_return outcome->bytes;
  }
  failure_ = outcome->error == boost::asio::error::timed_out
                 ? Error{ErrorCode::kRequestTimeout, "the client stopped sending the body"}
                 : Error{ErrorCode::kIncompleteBody, "the body ended early"};
  co_return 0;
}

boost::asio::awaitable<Result<std::string>> RequestBody::all(std::size_t limit) {
  if (framing_.chunked) {
    co_return co_await Body::all(limit);
  }
  if (left_ > limit) {
    co_return fail(ErrorCode::kRequestTooLarge, "the body is over the limit");
  }
  std::string bytes;
  // Every byte is received into before anybody reads it. The size is ours: libstdc++ 12 tells the
  // function the capacity instead when that is larger.
  bytes.resize_and_overwrite(left_, [size = left_](char*, std::size_t) { return size; });
  std::size_t filled = 0;
  while (!finished_ && !failure_) {
    const std::string_view buffered = take();
    if (!buffered.empty()) {
      std::memcpy(bytes.data() + filled, buffered.data(), buffered.size());
      filled += buffered.size();
      continue;
    }
    const std::size_t got = co_await receive(bytes.data() + filled, left_);
    filled += got;
    left_ -= got;
    finished_ = left_ == 0;
  }
  if (failure_) {
    co_return std::unexpected(*failure_);
  }
  co_return bytes;
}

bool RequestBody::can_finish(std::size_t bytes_max) const {
  return finished_ || (!failure_ && !awaits_continue_ && left_ <= bytes_max);
}

boost::asio::awaitable<bool> RequestBody::drop(std::size_t bytes_max) {
  std::size_t dropped = 0;
  while (!finished_) {
    const auto piece = co_await next();
    dropped += piece ? piece->size() : 0;
    if (!piece || dropped > bytes_max) {
      co_return false;
    }
  }
  co_return true;
}

}  // namespace headrace::http
