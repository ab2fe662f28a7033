#include "http/request_parser.h"

#include <charconv>
#include <cstring>
#include <optional>

#include "http/fields.h"

namespace headrace::http {
namespace {

constexpr std::size_t kBlankLinesMax = 4;

std::unexpected<Refusal> refuse(int status, std::string_view why) {
  return std::unexpected(Refusal{.status = status, .why = why});
}

// The next line of a head whose lines are known to end in CRLF, without it.
std::string_view take_line(std::string_view& head) {
  const std::size_t end = head.find('\n');
  const std::string_view line = head.substr(0, end - 1);
  head.remove_prefix(end + 1);
  return line;
}

std::optional<Refusal> parse_version(std::string_view text, Framing& framing) {
  if (text == "HTTP/1.1" || text == "HTTP/1.0") {
    framing.minor = text.back() - '0';
    framing.keep_alive = framing.minor == 1;
    return std::nullopt;
  }
  const bool looks_like_one = text.starts_with("HTTP/") && text.size() == 8 && text[6] == '.' &&
                              text[5] >= '0' && text[5] <= '9' && text[7] >= '0' && text[7] <= '9';
  return looks_like_one ? Refusal{.status = 505, .why = "this server speaks HTTP/1.1"}
                        : Refusal{.status = 400, .why = "malformed HTTP version"};
}

// Cuts "http://authority" off an absolute-form target and gives the authority; an empty view when
// the target has another form; nothing when it has none that is known.
std::optional<std::string_view> split_target(Request& request) {
  const std::string_view target = request.target;
  std::string_view authority;
  if (target.front() != '/' && target != "*") {
    const std::size_t scheme = target.find("://");
    if (scheme == std::string_view::npos || (!same_name(target.substr(0, scheme), "http") &&
                                             !same_name(target.substr(0, scheme), "https"))) {
      return std::nullopt;
    }
    const std::string_view rest = target.substr(scheme + 3);
    const std::size_t path = rest.find_first_of("/?");
    authority = rest.substr(0, path);
    if (authority.empty() || authority.contains('@') ||
        (path != std::string_view::npos && rest[path] == '?')) {
      return std::nullopt;
    }
    request.target = path == std::string_view::npos ? std::string_view("/") : rest.substr(path);
  } else if (target == "*" && request.method != "OPTIONS") {
    return std::nullopt;
  }
  const std::size_t question = request.target.find('?');
  request.path = request.target.substr(0, question);
  request.query =
      question == std::string_view::npos ? std::string_view() : request.target.substr(question + 1);
  return authority;
}

std::optional<Refusal> parse_request_line(std::string_view line, Request& request, Framing& framing,
                                          std::string_view& authority) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return Refusal{.status = 400, .why = "malformed request line"};
  }
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, last - first - 1);
  if (!is_token(request.method) || !is_target(request.target)) {
    return Refusal{.status = 400, .why = "malformed request line"};
  }
  if (auto refusal = parse_version(line.substr(last + 1), framing)) {
    return refusal;
  }
  const auto split = split_target(request);
  if (!split) {
    return Refusal{.status = 400, .why = "malformed request target"};
  }
  authority = *split;
  return std::nullopt;
}

std::optional<Refusal> read_content_length(std::string_view value, Framing& framing) {
  std::int64_t length = 0;
  const auto [end, error] = std::from_chars(value.begin(), value.end(), length);
  if (error != std::errc() || end != value.end() || value.front() == '-') {
    return Refusal{.status = 400, .why = "malformed Content-Length"};
  }
  if (framing.content_length >= 0 && framing.content_length != length) {
    return Refusal{.status = 400, .why = "differing Content-Length"};
  }
  framing.content_length = length;
  return std::nullopt;
}

std::optional<Refusal> read_transfer_encoding(std::string_view value, Framing& framing) {
  do {
    if (!same_name(next_element(value), "chunked")) {
      return Refusal{.status = 501, .why = "unknown transfer coding"};
    }
    if (framing.chunked) {
      return Refusal{.status = 400, .why = "chunked twice"};
    }
    framing.chunked = true;
  } while (!value.empty());
  return std::nullopt;
}

// What the Connection fields name.
struct ConnectionOptions {
  bool close = false;
  bool upgrade = false;
  bool http2_settings = false;
};

void read_connection(std::string_view value, Framing& framing, ConnectionOptions& options) {
  while (!value.empty()) {
    const std::string_view option = next_element(value);
    if (same_name(option, "close")) {
      options.close = true;
    } else if (same_name(option, "upgrade")) {
      options.upgrade = true;
    } else if (same_name(option, "http2-settings")) {
      options.http2_settings = true;
    } else if (same_name(option, "keep-alive")) {
      framing.keep_alive = true;
    }
  }
}

// What the fields say about framing and connection.
class FieldReader {
 public:
  FieldReader(Framing& framing, std::string_view authority)
      : framing_(framing), authority_(authority) {}

  std::optional<Refusal> read(HeaderView& field) {
    if (same_name(field.name, "content-length")) {
      return read_content_length(field.value, framing_);
    }
    if (same_name(field.name, "transfer-encoding")) {
      return read_transfer_encoding(field.value, framing_);
    }
    if (same_name(field.name, "connection")) {
      read_connection(field.value, framing_, connection_);
    } else if (same_name(field.name, "expect") && framing_.minor == 1) {
      if (!same_name(field.value, "100-continue")) {
        return Refusal{.status = 417, .why = "unknown expectation"};
      }
      framing_.expect_continue = true;
    } else if (same_name(field.name, "upgrade")) {
      std::string_view protocols = field.value;
      while (!protocols.empty()) {
        upgrade_h2c_ |= next_element(protocols) == "h2c";
      }
    } else if (same_name(field.name, "http2-settings")) {
      ++http2_settings_;
    } else if (same_name(field.name, "host")) {
      if (++hosts_ > 1) {
        return Refusal{.status = 400, .why = "more than one Host"};
      }
      if (!authority_.empty()) {
        field.value = authority_;
      }
    }
    return std::nullopt;
  }

  std::optional<Refusal> finish() {
    if (connection_.close) {
      framing_.keep_alive = false;
    }
    framing_.upgrade_h2c = upgrade_h2c_ && http2_settings_ == 1 && framing_.minor == 1 &&
                           connection_.upgrade && connection_.http2_settings;
    if (framing_.chunked && (framing_.content_length >= 0 || framing_.minor == 0)) {
      return Refusal{.status = 400, .why = "Transfer-Encoding beside Content-Length or HTTP/1.0"};
    }
    if (hosts_ == 0 && framing_.minor == 1) {
      return Refusal{.status = 400, .why = "Host is missing"};
    }
    framing_.expect_continue = framing_.expect_continue && framing_.has_body();
    return std::nullopt;
  }

 private:
  Framing& framing_;
  std::string_view authority_;
  int hosts_ = 0;
  int http2_settings_ = 0;
  bool upgrade_h2c_ = false;
  ConnectionOptions connection_;
};

}  // namespace

std::expected<std::size_t, Refusal> HeadScanner::scan(std::string_view bytes) {
  while (scanned_ < bytes.size()) {
    const auto* found = static_cast<const char*>(
        std::memchr(bytes.data() + scanned_, '\n', bytes.size() - scanned_));
    if (found == nullptr) {
      scanned_ = bytes.size();
      break;
    }
    const auto at = static_cast<std::size_t>(found - bytes.data());
    if (at == line_start_ || bytes[at - 1] != '\r') {
      return refuse(400, "a line does not end in CRLF");
    }
    const bool blank = at - 1 == line_start_;
    if (!blank && lines_ == 0 && !is_token(bytes.substr(line_start_, 1))) {
      return refuse(400, "malformed request line");
    }
    scanned_ = line_start_ = at + 1;
    if (blank && lines_ > 0) {
      if (scanned_ > kHeadBytesMax) {
        break;
      }
      return scanned_;
    }
    if (blank && ++blank_lines_ > kBlankLinesMax) {
      return refuse(400, "no request line");
    }
    lines_ += blank ? 0 : 1;
    if (lines_ > kHeadersMax + 1) {
      return refuse(431, "too many header fields");
    }
  }
  if (scanned_ > kHeadBytesMax) {
    return refuse(431, "the head is too large");
  }
  // Not HTTP at all, a TLS handshake for example: no line end may ever come.
  const std::size_t partial = lines_ == 0 ? line_start_ : bytes.size();
  if (partial < bytes.size() && bytes[partial] != '\r' && !is_token(bytes.substr(partial, 1))) {
    return refuse(400, "malformed request line");
  }
  return 0;
}

std::expected<Framing, Refusal> parse_head(Request& request) {
  std::string_view head(request.storage.data(), request.storage.size());
  while (head.starts_with("\r\n")) {
    head.remove_prefix(2);
  }
  if (!head.ends_with("\r\n\r\n")) {
    return refuse(400, "the head has no end");
  }
  Framing framing;
  std::string_view authority;
  if (auto refusal = parse_request_line(take_line(head), request, framing, authority)) {
    return std::unexpected(*refusal);
  }
  FieldReader reader(framing, authority);
  request.headers.clear();
  request.headers.reserve(24);
  while (head.size() > 2) {
    auto field = parse_field(take_line(head));
    if (!field) {
      return refuse(400, "malformed header field");
    }
    if (request.headers.size() == kHeadersMax) {
      return refuse(431, "too many header fields");
    }
    if (auto refusal = reader.read(*field)) {
      return std::unexpected(*refusal);
    }
    request.headers.push_back(*field);
  }
  if (auto refusal = reader.finish()) {
    return std::unexpected(*refusal);
  }
  return framing;
}

}  // namespace headrace::http
