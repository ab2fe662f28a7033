// The body of a request as it comes in over HTTP/2.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"
#include "http/signal.h"

namespace headrace::http {

// What a body needs of its connection.
class Http2Input {
 public:
  virtual ~Http2Input() = default;
  // That many bytes of the stream's body are used: the client may send as many more.
  virtual void consume(std::int32_t stream_id, std::size_t bytes) = 0;
  // Sends "100 Continue".
  virtual void invite(std::int32_t stream_id) = 0;
  // Tells the client to stop sending a body of which no more is wanted.
  virtual void decline(std::int32_t stream_id) = 0;
};

// Owned by its stream. What has arrived and is not read yet is bounded by the stream's window,
// which opens as the handler reads; a body that is read whole keeps it open.
class Http2Body final : public Body {
 public:
  Http2Body(Http2Input& input, std::int32_t stream_id, Signal& signal);

  boost::asio::awaitable<Result<std::string_view>> next() override;
  boost::asio::awaitable<Result<std::string>> all(std::size_t limit) override;
  std::int64_t declared_size() const override { return declared_size_; }
  std::string_view trailer(std::string_view name) const override;

  // The session's side.
  void declare(std::int64_t size, bool awaits_continue);
  void receive(std::string_view bytes);
  // Bytes that came outside of flow control, before end().
  void preset(std::string bytes);
  void add_trailer(std::string_view name, std::string_view value);
  void end();
  // Nothing more comes; does nothing after end() or an earlier failure.
  void fail(Error error);
  // The handler reads no more. What still comes is dropped, up to `bytes_max`.
  void drop(std::size_t bytes_max);
  // Whether the handler waits for the client.
  bool waiting() const { return waiting_; }

 private:
  enum class Mode : std::uint8_t { kPieces, kWhole, kDropped };

  boost::asio::awaitable<void> wait();
  void count_dropped(std::size_t bytes);

  Http2Input& input_;
  std::int32_t stream_id_;
  Signal& signal_;  // of the stream, whose coroutine is the one that waits
  Mode mode_ = Mode::kPieces;
  std::string arrived_;       // and not given yet
  std::string piece_;         // last given by next()
  std::size_t held_ = 0;      // bytes of the window that `piece_` takes
  std::size_t windowed_ = 0;  // the same of what has arrived
  std::size_t limit_ = 0;     // of a whole body, or of what is dropped
  std::size_t dropped_ = 0;
  std::int64_t declared_size_ = -1;
  bool awaits_continue_ = false;
  bool waiting_ = false;
  bool ended_ = false;
  std::optional<Error> failure_;
  std::vector<std::pair<std::string, std::string>> trailers_;
};

}  // namespace headrace::http
