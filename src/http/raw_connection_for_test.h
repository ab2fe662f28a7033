// An HTTP/1.1 client for tests that sees every byte.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/fields.h"

namespace headrace::http {

struct RawAnswer {
  int status = 0;  // 0: the connection ended before a whole answer
  std::string head;
  std::string body;

  // The value of a field, or an empty string.
  std::string field(std::string_view name) const {
    for (std::size_t at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at)) {
      at += 2;
      const auto parsed =
          parse_field(std::string_view(head).substr(at, head.find("\r\n", at) - at));
      if (parsed && same_name(parsed->name, name)) {
        return std::string(parsed->value);
      }
    }
    return {};
  }
};

// Sends bytes as they are and reads answers, on a blocking socket.
class RawConnection {
 public:
  explicit RawConnection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ =
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~RawConnection() { ::close(socket_); }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  bool connected() const { return connected_; }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return;
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  void half_close() { ::shutdown(socket_, SHUT_WR); }

  // Ends with a reset, as when the client's machine restarts.
  void vanish() {
    const linger reset{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    ::close(socket_);
    socket_ = -1;
  }

  void shrink_receive_buffer() {
    const int size = 4096;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
  }

  RawAnswer answer(bool head_only = false) {
    RawAnswer answer;
    while (!received_.contains("\r\n\r\n")) {
      if (!receive()) {
        return answer;
      }
    }
    const std::size_t end = received_.find("\r\n\r\n") + 4;
    answer.head = received_.substr(0, end - 2);
    received_.erase(0, end);
    const int status = std::atoi(answer.head.substr(9, 3).c_str());
    const std::string length = answer.field("Content-Length");
    const std::size_t size =
        head_only || length.empty() ? 0 : static_cast<std::size_t>(std::atoll(length.c_str()));
    while (received_.size() < size) {
      if (!receive()) {
        return answer;
      }
    }
    answer.status = status;
    answer.body = received_.substr(0, size);
    received_.erase(0, size);
    return answer;
  }

  // Everything until the server closes.
  std::string rest() {
    while (receive()) {
    }
    return received_;
  }

  // Reads until `text` is there.
  bool sees(std::string_view text) {
    while (!received_.contains(text)) {
      if (!receive()) {
        return false;
      }
    }
    return true;
  }

 private:
  bool receive() {
    std::string piece(65536, '\0');
    const ssize_t got = ::recv(socket_, piece.data(), piece.size(), 0);
    if (got > 0) {
      received_.append(piece, 0, static_cast<std::size_t>(got));
    }
    return got > 0;
  }

  int socket_;
  bool connected_ = false;
  std::string received_;
};

}  // namespace headrace::http
