#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "http/http2_client_for_test.h"

namespace headrace::http {
namespace {

std::string text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

nghttp2_nv field(const std::string& name, const std::string& value) {
  const auto bytes = [](const std::string& from) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(from.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

Http2Client::Http2Client(std::uint16_t port, Http2ClientOptions options)
    : options_(std::move(options)) {
  connect(port);
  if (!options_.socket_prefix.empty()) {
    send_raw(options_.socket_prefix);
    std::string head;
    char c = 0;
    while (!head.ends_with("\r\n\r\n") && ::recv(socket_, &c, 1, 0) == 1) {
      head.push_back(c);
    }
    EXPECT_TRUE(head.starts_with("HTTP/1.1 101 ")) << head;
  }
  make_session();
}

Http2Client::~Http2Client() {
  nghttp2_session_del(session_);
  SSL_free(tls_);
  SSL_CTX_free(context_);
  if (socket_ >= 0) {
    ::close(socket_);
  }
}

void Http2Client::connect(std::uint16_t port) {
  socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
  const timeval patience{.tv_sec = 20, .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  const int at_once = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
  if (options_.slow_link) {
    const int room = 4096;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    const int segment = 536;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof(segment));
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  if (!options_.tls) {
    return;
  }
  context_ = SSL_CTX_new(TLS_client_method());
  tls_ = SSL_new(context_);
  if (!options_.alpn.empty()) {
    const std::string list = static_cast<char>(options_.alpn.size()) + options_.alpn;
    SSL_set_alpn_protos(tls_, reinterpret_cast<const unsigned char*>(list.data()),
                        static_cast<unsigned int>(list.size()));
  }
  SSL_set_fd(tls_, socket_);
  EXPECT_EQ(SSL_connect(tls_), 1);
}

std::string Http2Client::protocol() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(tls_, &name, &size);
  return text(name, size);
}

void Http2Client::make_session() {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
  nghttp2_session_callbacks_set_on_header_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t, void* user) {
        Http2Answer& answer = static_cast<Http2Client*>(user)->answers_[frame->hd.stream_id];
        const std::string key = text(name, name_size);
        if (key != ":status") {
          answer.fields[key] = text(value, value_size);
          return 0;
        }
        const int status = std::stoi(text(value, value_size));
        (status < 200 ? answer.informational : answer.status) = status;
        return 0;
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      callbacks, [](nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                    std::size_t size, void* user) {
        static_cast<Http2Client*>(user)->answers_[id].body.append(text(data, size));
        return 0;
      });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      callbacks, [](nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) {
        Http2Answer& answer = static_cast<Http2Client*>(user)->answers_[id];
        answer.closed = true;
        answer.error = code;
        return 0;
      });
  nghttp2_option* options = nullptr;
  nghttp2_option_new(&options);
  nghttp2_option_set_no_auto_window_update(options, options_.consume ? 0 : 1);
  nghttp2_option_set_max_send_header_block_length(options, 1U << 20);
  nghttp2_session_client_new2(&session_, callbacks, this, options);
  nghttp2_option_del(options);
  nghttp2_session_callbacks_del(callbacks);
  if (options_.upgrade) {
    EXPECT_EQ(nghttp2_session_upgrade2(session_, nullptr, 0, 0, nullptr), 0);
  }
  constexpr std::int32_t kWideWindow = 1 << 20;
  const nghttp2_settings_entry wide{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWideWindow};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &wide, options_.slow_link ? 1 : 0);
  if (options_.slow_link) {
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kWideWindow);
  }
}

int Http2Client::on_frame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user) {
  auto& self = *static_cast<Http2Client*>(user);
  if (frame->hd.type == NGHTTP2_GOAWAY) {
    self.goaway_error_ = frame->goaway.error_code;
  }
  if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) {
    ++self.ping_acks_;
  }
  return 0;
}

std::int32_t Http2Client::post(const std::string& path, std::string body, const Fields& more) {
  auto upload = std::make_unique<Upload>();
  upload->owned = std::move(body);
  const std::int32_t id = request("POST", path, &upload->owned, more);
  uploads_[-id] = std::move(upload);
  return id;
}

std::int32_t Http2Client::request(const std::string& method, const std::string& path,
                                  const std::string* body, const Fields& more, const bool* open) {
  Fields fields = {{":method", method}, {":scheme", "http"}, {":path", path}};
  const auto named = [&more](std::string_view name) {
    return std::ranges::any_of(more, [name](const auto& one) { return one.first == name; });
  };
  if (!named(":authority") && !named("host")) {
    fields.emplace_back(":authority", "h.example:80");
  }
  fields.insert(fields.end(), more.begin(), more.end());
  std::vector<nghttp2_nv> list;
  for (const auto& [name, value] : fields) {
    list.push_back(field(name, value));
  }
  auto upload = std::make_unique<Upload>();
  upload->bytes = body;
  upload->open = open;
  nghttp2_data_provider provider{};
  provider.source.ptr = upload.get();
  provider.read_callback = read_upload;
  const std::int32_t id = nghttp2_submit_request(session_, nullptr, list.data(), list.size(),
                                                 body != nullptr ? &provider : nullptr, nullptr);
  EXPECT_GT(id, 0);
  uploads_[id] = std::move(upload);
  return id;
}

ssize_t Http2Client::read_upload(nghttp2_session* /*session*/, std::int32_t id, std::uint8_t* into,
                                 std::size_t size, std::uint32_t* flags,
                                 nghttp2_data_source* source, void* user) {
  auto& upload = *static_cast<Upload*>(source->ptr);
  const std::size_t given = std::min(size, upload.bytes->size() - upload.at);
  const bool open = upload.open != nullptr && *upload.open;
  if (given == 0 && open) {
    return NGHTTP2_ERR_DEFERRED;
  }
  std::memcpy(into, upload.bytes->data() + upload.at, given);
  upload.at += given;
  static_cast<Http2Client*>(user)->sent_[id] = upload.at;
  if (upload.at == upload.bytes->size() && !open) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
  }
  return static_cast<ssize_t>(given);
}

void Http2Client::flush() {
  while (true) {
    const std::uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &data);
    if (size <= 0) {
      return;
    }
    send_raw({reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)});
  }
}

void Http2Client::send_raw(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = tls_ != nullptr
                             ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                             : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool Http2Client::receive() {
  std::array<std::uint8_t, 65536> bytes{};
  const ssize_t got = tls_ != nullptr ? SSL_read(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                      : ::recv(socket_, bytes.data(), bytes.size(), 0);
  // A server that closed on bytes it did not read may show as a reset.
  ended_ = got == 0 || (got < 0 && (tls_ != nullptr || errno == ECONNRESET));
  if (got <= 0) {
    return false;
  }
  EXPECT_EQ(nghttp2_session_mem_recv(session_, bytes.data(), static_cast<std::size_t>(got)), got);
  return true;
}

bool Http2Client::until(const std::function<bool()>& holds) {
  while (!holds()) {
    flush();
    if (holds()) {
      return true;
    }
    if (!receive()) {
      return holds();
    }
  }
  return true;
}

std::string Http2Client::frame(std::uint8_t type, std::uint8_t flags, std::uint32_t id,
                               std::string_view payload) {
  std::string bytes;
  const auto put = [&bytes](std::size_t value, int count) {
    for (int shift = 8 * (count - 1); shift >= 0; shift -= 8) {
      bytes.push_back(static_cast<char>(value >> shift & 0xff));
    }
  };
  put(payload.size(), 3);
  put(type, 1);
  put(flags, 1);
  put(id, 4);
  return bytes.append(payload);
}

void Http2Client::vanish() {
  const linger reset{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  ::close(socket_);
  socket_ = -1;
}

}  // namespace headrace::http
