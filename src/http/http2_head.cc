#include "http/http2_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "http/fields.h"
#include "http/response_head.h"

namespace headrace::http {
namespace {

constexpr std::size_t kUsualHeadBytes = 1024;
constexpr std::size_t kUsualFields = 24;

bool belongs_to_connection(std::string_view name) {
  constexpr std::array<std::string_view, 5> kNames = {
      "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"};
  return std::ranges::any_of(kNames, [name](std::string_view own) { return same_name(own, name); });
}

bool breaks_line(char c) { return c == '\r' || c == '\n' || c == '\0'; }

}  // namespace

void Http2RequestHead::add(std::string_view name, std::string_view value) {
  // What the same field takes in HTTP/1.1: a colon, a space and a line end.
  const std::size_t overhead = 4 * (fields_.size() + 1);
  if (too_large_ || fields_.size() == kHeadersMax ||
      bytes_.size() + name.size() + value.size() + overhead > kHeadBytesMax) {
    too_large_ = true;
    return;
  }
  if (fields_.empty()) {
    bytes_.reserve(kUsualHeadBytes);
    fields_.reserve(kUsualFields);
  }
  bytes_.insert(bytes_.end(), name.begin(), name.end());
  bytes_.insert(bytes_.end(), value.begin(), value.end());
  fields_.push_back({.name_size = name.size(), .value_size = value.size()});
}

std::optional<Refusal> Http2RequestHead::finish(Request& request) {
  if (too_large_) {
    return Refusal{.status = 431, .why = "the head is too large"};
  }
  request.storage = std::move(bytes_);
  request.headers.reserve(fields_.size() + 1);
  std::string_view rest(request.storage.data(), request.storage.size());
  for (const Field& field : fields_) {
    const HeaderView view{.name = rest.substr(0, field.name_size),
                          .value = rest.substr(field.name_size, field.value_size)};
    rest.remove_prefix(field.name_size + field.value_size);
    if (auto refusal = read(view, request)) {
      return refusal;
    }
  }
  if (!is_token(request.method) || !is_target(request.target)) {
    return Refusal{.status = 400, .why = "malformed method or path"};
  }
  if (!request.target.starts_with('/') && (request.target != "*" || request.method != "OPTIONS")) {
    return Refusal{.status = 400, .why = "malformed path"};
  }
  const std::size_t question = request.target.find('?');
  request.path = request.target.substr(0, question);
  request.query =
      question == std::string_view::npos ? std::string_view() : request.target.substr(question + 1);
  if (authority_.empty() && host_.empty()) {
    return Refusal{.status = 400, .why = ":authority is missing"};
  }
  if (!authority_.empty() && !host_.empty() && !same_name(authority_, host_)) {
    return Refusal{.status = 400, .why = ":authority and Host differ"};
  }
  if (host_.empty()) {
    request.headers.push_back({.name = "host", .value = authority_});
  }
  return std::nullopt;
}

std::optional<Refusal> Http2RequestHead::read(HeaderView field, Request& request) {
  if (field.name == ":method") {
    request.method = field.value;
    return std::nullopt;
  }
  if (field.name == ":path") {
    request.target = field.value;
    return std::nullopt;
  }
  if (field.name == ":scheme") {
    return std::nullopt;
  }
  if (field.name == ":authority") {
    authority_ = field.value;
  } else if (field.name == "host") {
    host_ = field.value;
  } else if (field.name == "content-length") {
    // That it is a number, and one only, nghttp2 has checked.
    std::from_chars(field.value.begin(), field.value.end(), content_length_);
  } else if (field.name == "expect") {
    if (!same_name(field.value, "100-continue")) {
      return Refusal{.status = 417, .why = "unknown expectation"};
    }
    expects_continue_ = true;
  }
  request.headers.push_back(field);
  return std::nullopt;
}

Http2ResponseHead::Http2ResponseHead(const Response& response, std::int64_t content_length)
    : status_(std::to_string(response.status)) {
  fields_.reserve(response.headers.size() + 3);
  cleaned_.reserve(response.headers.size());
  add(":status", status_);
  if (!dates_itself(response)) {
    add("date", date_now());
  }
  for (const auto& [name, value] : response.headers) {
    if (belongs_to_connection(name) || !is_token(name)) {
      continue;
    }
    if (std::ranges::none_of(value, breaks_line)) {
      add(name, value);
    } else {
      std::string& cleaned = cleaned_.emplace_back(value);
      std::ranges::replace_if(cleaned, breaks_line, ' ');
      add(name, cleaned);
    }
  }
  if (content_length >= 0) {
    length_ = std::to_string(content_length);
    add("content-length", length_);
  }
}

void Http2ResponseHead::add(std::string_view name, std::string_view value) {
  // nghttp2 takes what it does not write to as mutable.
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  fields_.push_back({.name = bytes(name),
                     .value = bytes(value),
                     .namelen = name.size(),
                     .valuelen = value.size(),
                     .flags = NGHTTP2_NV_FLAG_NONE});
}

}  // namespace headrace::http
