#include "http/response_reader.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <charconv>
#include <string>
#include <utility>

#include "http/chunked.h"
#include "http/fields.h"
#include "http/request_parser.h"

namespace headrace::http {
namespace {

constexpr std::size_t kReceiveBytes = 64U << 10;
// Interim answers (100, 103) before the final one.
constexpr int kInterimMax = 8;

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorCode::kMalformedHttp, "the server's answer is malformed: " + std::string(what));
}

std::unexpected<Error> too_large() {
  return fail(ErrorCode::kRequestTooLarge, "the server's answer is over the limit");
}

std::string_view take_line(std::string_view& head) {
  const std::size_t end = head.find('\n');
  const std::string_view line = head.substr(0, end - 1);
  head.remove_prefix(end + 1);
  return line;
}

Status read_status_line(std::string_view line, ResponseHead& head) {
  if (line.size() < 12 || (!line.starts_with("HTTP/1.1 ") && !line.starts_with("HTTP/1.0 ")) ||
      (line.size() > 12 && line[12] != ' ')) {
    return malformed("status line");
  }
  const std::string_view digits = line.substr(9, 3);
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), head.response.status);
  if (error != std::errc() || end != digits.end() || head.response.status < 100) {
    return malformed("status");
  }
  head.keep_alive = line[7] == '1';
  return {};
}

Status read_field(const HeaderView& field, ResponseHead& head) {
  if (same_name(field.name, "content-length")) {
    std::int64_t length = 0;
    const auto [end, error] = std::from_chars(field.value.begin(), field.value.end(), length);
    if (error != std::errc() || end != field.value.end() || length < 0 ||
        (head.content_length >= 0 && head.content_length != length)) {
      return malformed("Content-Length");
    }
    head.content_length = length;
  } else if (same_name(field.name, "transfer-encoding")) {
    if (!same_name(field.value, "chunked") || head.chunked) {
      return malformed("Transfer-Encoding");
    }
    head.chunked = true;
  } else if (same_name(field.name, "connection")) {
    std::string_view options = field.value;
    while (!options.empty()) {
      const std::string_view option = next_element(options);
      head.keep_alive =
          !same_name(option, "close") && (head.keep_alive || same_name(option, "keep-alive"));
    }
  }
  return {};
}

}  // namespace

Error client_error(const boost::system::error_code& error) {
  if (error == boost::asio::error::timed_out) {
    return {ErrorCode::kRequestTimeout, "the server made no progress in time"};
  }
  return {ErrorCode::kUnavailable, "the connection failed: " + error.message()};
}

Result<ResponseHead> parse_response_head(std::string_view head) {
  ResponseHead parsed;
  RETURN_IF_ERROR(read_status_line(take_line(head), parsed));
  while (head.size() > 2) {
    const auto field = parse_field(take_line(head));
    if (!field) {
      return malformed("header field");
    }
    RETURN_IF_ERROR(read_field(*field, parsed));
    parsed.response.headers.emplace_back(field->name, field->value);
  }
  if (parsed.chunked && parsed.content_length >= 0) {
    return malformed("Transfer-Encoding beside Content-Length");
  }
  return parsed;
}

boost::asio::awaitable<Result<ClientResponse>> ResponseReader::read(bool head_only) {
  auto head = co_await read_head();
  for (int i = 0; head && head->response.status < 200; ++i) {
    if (head->response.status == 101 || i == kInterimMax) {
      co_return malformed("status");
    }
    head = co_await read_head();
  }
  if (!head) {
    co_return std::unexpected(std::move(head).error());
  }
  const int status = head->response.status;
  Status read;
  if (!head_only && status != 204 && status != 304) {
    if (head->chunked) {
      read = co_await read_chunked(*head);
    } else if (head->content_length >= 0) {
      read = to_sink(*head) ? co_await read_sized_to_sink(*head) : co_await read_sized(*head);
    } else {
      read = co_await read_to_end(*head);
      head->keep_alive = false;
    }
  }
  if (!read && read.error().code == ErrorCode::kCancelled) {
    co_return std::move(head->response);  // not all of it was read: nothing can follow
  }
  CO_RETURN_IF_ERROR(std::move(read));
  // Bytes that nobody asked for: the next answer could not be told from them.
  keep_alive_ = head->keep_alive && buffer_.empty();
  co_return std::move(head->response);
}

boost::asio::awaitable<Result<ResponseHead>> ResponseReader::read_head() {
  HeadScanner scanner;
  while (true) {
    const auto size = scanner.scan(buffer_.bytes());
    if (!size) {
      co_return malformed(size.error().why);
    }
    if (*size > 0) {
      std::string_view bytes = buffer_.bytes().substr(0, *size);
      if (bytes.starts_with('\r')) {
        co_return malformed("status line");
      }
      auto head = parse_response_head(bytes);
      buffer_.consume(*size);
      co_return head;
    }
    CO_RETURN_IF_ERROR(co_await receive());
  }
}

boost::asio::awaitable<Status> ResponseReader::receive() {
  const std::span<char> room = buffer_.room(kReceiveBytes);
  const IoOutcome outcome = co_await transport_.read_some(room.data(), room.size(), timeout_);
  if (outcome.error) {
    ended_ = outcome.error == boost::asio::error::eof;
    co_return std::unexpected(client_error(outcome.error));
  }
  buffer_.added(outcome.bytes);
  co_return Status();
}

Status ResponseReader::take(ResponseHead& head, std::string_view piece) {
  if (to_sink(head)) {
    const bool more = piece.empty() || sink_(piece);
    return more ? Status() : fail(ErrorCode::kCancelled, "enough");
  }
  if (piece.size() > bytes_max_ - head.response.body.size()) {
    return too_large();
  }
  head.response.body.append(piece);
  return {};
}

boost::asio::awaitable<Status> ResponseReader::read_sized_to_sink(ResponseHead& head) {
  auto left = static_cast<std::uint64_t>(head.content_length);
  while (left > 0) {
    if (buffer_.empty()) {
      CO_RETURN_IF_ERROR(co_await receive());
    }
    const std::string_view piece = buffer_.bytes().substr(0, left);
    CO_RETURN_IF_ERROR(take(head, piece));
    left -= piece.size();
    buffer_.consume(piece.size());
  }
  co_return Status();
}

boost::asio::awaitable<Status> ResponseReader::read_sized(ResponseHead& head) {
  const auto size = static_cast<std::uint64_t>(head.content_length);
  if (size > bytes_max_) {
    co_return too_large();
  }
  std::string& body = head.response.body;
  // Every byte is received into before anybody reads it.
  // Captured: libstdc++ 12 hands the operation the capacity that it rounded up to.
  body.resize_and_overwrite(size, [size](char*, std::size_t) { return size; });
  const std::string_view buffered = buffer_.bytes().substr(0, size);
  std::ranges::copy(buffered, body.begin());
  std::size_t filled = buffered.size();
  buffer_.consume(filled);
  while (filled < size) {
    const IoOutcome outcome =
        co_await transport_.read_some(body.data() + filled, size - filled, timeout_);
    if (outcome.error) {
      co_return std::unexpected(client_error(outcome.error));
    }
    filled += outcome.bytes;
  }
  co_return Status();
}

boost::asio::awaitable<Status> ResponseReader::read_chunked(ResponseHead& head) {
  ChunkedDecoder decoder;
  while (!decoder.done()) {
    if (buffer_.empty()) {
      CO_RETURN_IF_ERROR(co_await receive());
    }
    const auto step = decoder.decode(buffer_.bytes());
    if (!step) {
      co_return malformed("chunked coding");
    }
    CO_RETURN_IF_ERROR(take(head, step->data));
    buffer_.consume(step->consumed);
  }
  co_return Status();
}

boost::asio::awaitable<Status> ResponseReader::read_to_end(ResponseHead& head) {
  while (true) {
    const std::string_view bytes = buffer_.bytes();
    CO_RETURN_IF_ERROR(take(head, bytes));
    buffer_.consume(bytes.size());
    auto received = co_await receive();
    if (!received) {
      co_return ended_ ? Status() : std::move(received);
    }
  }
}

}  // namespace headrace::http
