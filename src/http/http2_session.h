// One HTTP/2 connection (RFC 9113), with nghttp2 for frames, HPACK, flow control and state.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "http/http2_body.h"
#include "http/http2_limits.h"
#include "http/http2_stream.h"
#include "http/receive_buffer.h"
#include "http/session.h"
#include "http/session_shared.h"
#include "http/signal.h"
#include "http/transport.h"

struct nghttp2_session;  // NOLINT(readability-identifier-naming): the library's name

namespace headrace::http {

// Owned by its connection, whose transport and buffer it borrows; lives on its thread. One
// coroutine reads, one writes what all streams have ready, one looks at the timeouts, and each
// request has its own that runs the handler and pulls the answer.
class Http2Session final : private Http2Input {
 public:
  // `buffer` holds what has arrived, from the client's preface on.
  Http2Session(Transport& transport, ReceiveBuffer& buffer, const SessionShared& shared,
               bool secure);
  ~Http2Session() override;
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  // Each returns when the connection is closed and no handler is under way.
  boost::asio::awaitable<void> serve();
  boost::asio::awaitable<void> serve_upgraded(Upgrade upgrade);
  // Tells the client that there are too many connections.
  boost::asio::awaitable<void> turn_away();

  // Takes no new streams soon, tells the answers under way to stop, closes after the last.
  void drain();
  // After drain(): gives up on answers without a length that the client does not take.
  void cut_stuck();

 private:
  friend struct Http2Callbacks;
  using Time = std::chrono::steady_clock::time_point;
  struct Freed {
    void operator()(nghttp2_session* session) const;
  };

  void begin();
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<void> read_loop();
  bool feed();
  boost::asio::awaitable<void> write_loop();
  void gather();
  boost::asio::awaitable<void> watch_times();
  std::chrono::milliseconds next_look() const;
  void check_times();
  void check_stream(Http2Stream& stream);
  void spawn(boost::asio::awaitable<void> work);
  boost::asio::awaitable<void> count(boost::asio::awaitable<void> work);

  // Streams. settle() does what nghttp2's callbacks left to do, outside of them.
  Http2Stream& add_stream(std::int32_t id);
  void settle();
  void give_up(Http2Stream& stream);
  void forget(Http2Stream& stream);
  void start(Http2Stream& stream);
  boost::asio::awaitable<void> answer(std::shared_ptr<Http2Stream> stream);
  boost::asio::awaitable<void> send_source(Http2Stream& stream, Response& response);
  void send_whole(Http2Stream& stream, Response& response);
  void submit(Http2Stream& stream, const Response& response, std::int64_t content_length,
              bool with_body);
  void give_piece(Http2Stream& stream, std::string piece, bool last);
  void reset(std::int32_t stream_id, std::uint32_t code);
  void refuse(Http2Stream& stream, const Refusal& refusal);

  void terminate(std::uint32_t code);
  void wake_writer();

  void consume(std::int32_t stream_id, std::size_t bytes) override;
  void invite(std::int32_t stream_id) override;
  void decline(std::int32_t stream_id) override;

  Transport& transport_;
  ReceiveBuffer& buffer_;
  const SessionShared& shared_;
  bool secure_;
  std::unique_ptr<nghttp2_session, Freed> session_;
  std::unordered_map<std::int32_t, std::shared_ptr<Http2Stream>> streams_;
  std::vector<Http2Stream*> started_;  // heads that are complete, since the last settle()
  std::vector<Http2Stream*> closed_;   // streams that nghttp2 has closed, since then
  // Waits for the client's preface: curl cannot take much of an answer right behind the 101.
  Http2Stream* upgraded_ = nullptr;
  std::string output_;  // frames to write
  FloodGuard guard_;
  Signal output_ready_;
  Signal ended_;  // one of our coroutines
  boost::asio::steady_timer look_;
  std::size_t coroutines_ = 0;
  Time now_;                      // when the event that is being handled came
  Time active_at_;                // when bytes came, or a stream ended
  Time sent_at_;                  // when DATA was given to output_
  Time goaway_at_ = Time::max();  // when a drain stops taking streams
  std::size_t read_bytes_;
  bool writing_ = false;  // output_, to the transport
  bool sized_ = false;    // output_ holds some of an answer that has a length
  bool writer_ended_ = false;
  bool closing_ = false;  // what is in the queue is the last to be written
  bool gone_ = false;     // nothing can be written any more
};

}  // namespace headrace::http
