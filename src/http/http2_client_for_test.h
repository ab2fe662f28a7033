// A blocking HTTP/2 client over nghttp2, for tests: plain or TLS, and able to misbehave.
#pragma once

#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace::http {

// One answer, as far as it has come.
struct Http2Answer {
  int status = 0;
  int informational = 0;  // the status of the last 1xx
  std::map<std::string, std::string> fields;
  std::string body;
  bool closed = false;
  std::uint32_t error = 0;  // of the stream's end
};

struct Http2ClientOptions {
  bool tls = false;
  std::string alpn = "h2";    // empty: none is offered
  bool consume = true;        // give window back as bodies arrive
  bool slow_link = false;     // little is on its way at a time, yet the windows are wide
  bool upgrade = false;       // the socket is past a 101, stream 1 is open
  std::string socket_prefix;  // sent before HTTP/2 begins; "101" must come back when upgrading
};

class Http2Client {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  explicit Http2Client(std::uint16_t port, Http2ClientOptions options = {});
  ~Http2Client();
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  // Starts a request; its stream's number.
  std::int32_t get(const std::string& path, const Fields& more = {}) {
    return request("GET", path, nullptr, more);
  }
  std::int32_t post(const std::string& path, std::string body, const Fields& more = {});
  // `body`: null: none. It is borrowed, and sent up to its size; when `*open`, its end is not.
  std::int32_t request(const std::string& method, const std::string& path, const std::string* body,
                       const Fields& more = {}, const bool* open = nullptr);
  // Tells nghttp2 that the body has grown or ended.
  void resume(std::int32_t id) { nghttp2_session_resume_data(session_, id); }

  // Sends and receives until that holds; false: the connection ended, or 20 s went by without a
  // byte.
  bool until(const std::function<bool()>& holds);
  Http2Answer& answer(std::int32_t id) { return answers_[id]; }
  // The whole answer.
  Http2Answer& wait(std::int32_t id) {
    until([this, id] { return answers_[id].closed; });
    return answers_[id];
  }
  // Receives until the server closes.
  bool closes() {
    until([] { return false; });
    return ended_;
  }
  // What has been prepared goes out, nothing is read.
  void flush();
  // Bytes as they are, after what has been prepared.
  void send_raw(std::string_view bytes);
  static std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t id,
                           std::string_view payload);

  nghttp2_session* session() { return session_; }
  std::size_t sent_of(std::int32_t id) const { return sent_.contains(id) ? sent_.at(id) : 0; }
  // Of the last GOAWAY; -1: there was none.
  std::int64_t goaway_error() const { return goaway_error_; }
  int ping_acks() const { return ping_acks_; }
  std::string protocol() const;  // by ALPN
  // Ends the connection with a reset.
  void vanish();

 private:
  struct Upload {
    std::string owned;
    const std::string* bytes = nullptr;
    const bool* open = nullptr;
    std::size_t at = 0;
  };

  void connect(std::uint16_t port);
  void make_session();
  bool receive();
  static ssize_t read_upload(nghttp2_session* session, std::int32_t id, std::uint8_t* into,
                             std::size_t size, std::uint32_t* flags, nghttp2_data_source* source,
                             void* user);
  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user);

  Http2ClientOptions options_;
  int socket_ = -1;
  SSL_CTX* context_ = nullptr;
  SSL* tls_ = nullptr;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Http2Answer> answers_;
  std::map<std::int32_t, std::unique_ptr<Upload>> uploads_;
  std::map<std::int32_t, std::size_t> sent_;
  std::int64_t goaway_error_ = -1;
  int ping_acks_ = 0;
  bool ended_ = false;
};

}  // namespace headrace::http
