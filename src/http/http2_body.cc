#include "http/http2_body.h"

#include <algorithm>
#include <utility>

#include "http/fields.h"
#include "http/http2_limits.h"
#include "http/request_parser.h"

namespace headrace::http {

Http2Body::Http2Body(Http2Input& input, std::int32_t stream_id, Signal& signal)
    : input_(input), stream_id_(stream_id), signal_(signal) {}

boost::asio::awaitable<Result<std::string_view>> Http2Body::next() {
  input_.consume(stream_id_, std::exchange(held_, 0));
  while (arrived_.empty() && !failure_ && !ended_) {
    co_await wait();
  }
  if (!arrived_.empty()) {
    piece_.clear();
    std::swap(piece_, arrived_);
    held_ = std::exchange(windowed_, 0);
    co_return piece_;
  }
  if (failure_) {
    co_return std::unexpected(*failure_);
  }
  co_return std::string_view();
}

boost::asio::awaitable<Result<std::string>> Http2Body::all(std::size_t limit) {
  if (declared_size_ > 0 && static_cast<std::uint64_t>(declared_size_) > limit) {
    co_return headrace::fail(ErrorCode::kRequestTooLarge, "the body is over the limit");
  }
  limit_ = limit;
  mode_ = Mode::kWhole;
  input_.consume(stream_id_, std::exchange(held_, 0) + std::exchange(windowed_, 0));
  if (!ended_ && declared_size_ > 0) {
    arrived_.reserve(static_cast<std::size_t>(declared_size_));
  }
  while (!ended_ && !failure_ && arrived_.size() <= limit_) {
    co_await wait();
  }
  mode_ = Mode::kPieces;
  if (arrived_.size() > limit_) {
    arrived_.clear();
    co_return headrace::fail(ErrorCode::kRequestTooLarge, "the body is over the limit");
  }
  if (failure_) {
    co_return std::unexpected(*failure_);
  }
  co_return std::exchange(arrived_, {});
}

boost::asio::awaitable<void> Http2Body::wait() {
  if (awaits_continue_) {
    awaits_continue_ = false;
    input_.invite(stream_id_);
  }
  waiting_ = true;
  co_await signal_.wait();
  waiting_ = false;
}

std::string_view Http2Body::trailer(std::string_view name) const {
  const auto found = std::ranges::find_if(
      trailers_, [name](const auto& field) { return same_name(field.first, name); });
  return found == trailers_.end() ? std::string_view() : std::string_view(found->second);
}

void Http2Body::declare(std::int64_t size, bool awaits_continue) {
  declared_size_ = size;
  awaits_continue_ = awaits_continue;
}

void Http2Body::receive(std::string_view bytes) {
  awaits_continue_ = false;
  if (mode_ == Mode::kDropped) {
    count_dropped(bytes.size());
    return;
  }
  if (arrived_.empty() && declared_size_ > 0) {
    arrived_.reserve(
        std::min<std::size_t>(static_cast<std::size_t>(declared_size_), kStreamWindowBytes));
  }
  arrived_.append(bytes);
  if (mode_ == Mode::kPieces) {
    windowed_ += bytes.size();
    signal_.notify();
    return;
  }
  input_.consume(stream_id_, bytes.size());
  if (arrived_.size() > limit_) {
    mode_ = Mode::kPieces;  // its window stays closed from here on
    signal_.notify();
  }
}

void Http2Body::preset(std::string bytes) {
  declared_size_ = static_cast<std::int64_t>(bytes.size());
  arrived_ = std::move(bytes);
}

void Http2Body::add_trailer(std::string_view name, std::string_view value) {
  if (trailers_.size() < kHeadersMax) {
    trailers_.emplace_back(name, value);
  }
}

void Http2Body::end() {
  ended_ = true;
  signal_.notify();
}

void Http2Body::fail(Error error) {
  if (!ended_ && !failure_) {
    failure_ = std::move(error);
    signal_.notify();
  }
}

void Http2Body::drop(std::size_t bytes_max) {
  mode_ = Mode::kDropped;
  limit_ = bytes_max;
  input_.consume(stream_id_, std::exchange(held_, 0) + std::exchange(windowed_, 0));
  dropped_ = arrived_.size();
  arrived_ = {};
  if (!ended_ && dropped_ > limit_) {
    input_.decline(stream_id_);
  }
}

void Http2Body::count_dropped(std::size_t bytes) {
  input_.consume(stream_id_, bytes);
  dropped_ += bytes;
  if (dropped_ > limit_ && dropped_ - bytes <= limit_) {
    input_.decline(stream_id_);
  }
}

}  // namespace headrace::http
