// What nghttp2 calls as frames come and go.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>

#include "http/http2_session.h"

namespace headrace::http {

// Each has its Http2Session as the last argument. None ends a stream or starts a handler: that is
// left to Http2Session::settle(), for nghttp2 must not be called back while it calls.
struct Http2Callbacks {
  // Shared by all sessions, never freed.
  static const nghttp2_session_callbacks* table();
  static const nghttp2_option* options();

  // Gives nghttp2 the stream's piece, `source->ptr`.
  static ssize_t read_piece(nghttp2_session* session, std::int32_t id, std::uint8_t* into,
                            std::size_t size, std::uint32_t* flags, nghttp2_data_source* source,
                            void* user);

 private:
  static int begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* user);
  static int header(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t flags, void* user);
  static int frame_received(nghttp2_session* session, const nghttp2_frame* frame, void* user);
  static int data_received(nghttp2_session* session, std::uint8_t flags, std::int32_t id,
                           const std::uint8_t* data, std::size_t size, void* user);
  static int frame_sent(nghttp2_session* session, const nghttp2_frame* frame, void* user);
  static int send_data(nghttp2_session* session, nghttp2_frame* frame,
                       const std::uint8_t* frame_head, std::size_t size,
                       nghttp2_data_source* source, void* user);
  static ssize_t frame_size(nghttp2_session* session, std::uint8_t type, std::int32_t id,
                            std::int32_t session_window, std::int32_t stream_window,
                            std::uint32_t frame_size_max, void* user);
  static int stream_closed(nghttp2_session* session, std::int32_t id, std::uint32_t code,
                           void* user);
};

}  // namespace headrace::http
