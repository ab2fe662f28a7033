#include "http/response_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <ctime>

#include "http/fields.h"

namespace headrace::http {
namespace {

void append_number(std::string& out, std::int64_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  out.append(digits.begin(), end);
}

void append_text(std::string& out, std::string_view text) {
  const std::size_t start = out.size();
  out.append(text);
  for (std::size_t i = start; i < out.size(); ++i) {
    if (out[i] == '\r' || out[i] == '\n' || out[i] == '\0') {
      out[i] = ' ';
    }
  }
}

void put_two(char* at, int number) {
  at[0] = static_cast<char>('0' + number / 10);
  at[1] = static_cast<char>('0' + number % 10);
}

struct DateCache {
  std::int64_t second = -1;
  std::string text;
};

std::string format_date(std::int64_t second) {
  constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::time_t time = second;
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::string text = "Sun, 06 Nov 1994 08:49:37 GMT";
  text.replace(0, 3, kDays.substr(static_cast<std::size_t>(parts.tm_wday) * 3, 3));
  put_two(&text[5], parts.tm_mday);
  text.replace(8, 3, kMonths.substr(static_cast<std::size_t>(parts.tm_mon) * 3, 3));
  put_two(&text[12], (parts.tm_year + 1900) / 100);
  put_two(&text[14], parts.tm_year % 100);
  put_two(&text[17], parts.tm_hour);
  put_two(&text[20], parts.tm_min);
  put_two(&text[23], parts.tm_sec);
  return text;
}

}  // namespace

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "";
  }
}

std::string_view date_now() {
  thread_local DateCache cache;
  const std::int64_t second = std::chrono::duration_cast<std::chrono::seconds>(
                                  std::chrono::system_clock::now().time_since_epoch())
                                  .count();
  if (second != cache.second) {
    cache.text = format_date(second);
    cache.second = second;
  }
  return cache.text;
}

bool dates_itself(const Response& response) {
  return std::ranges::any_of(response.headers,
                             [](const auto& field) { return same_name(field.first, "Date"); });
}

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

std::int64_t content_length_of(const Response& response, bool to_head) {
  if (response.status < 200 || response.status == 204) {
    return -1;
  }
  if (response.status == 304 || (to_head && response.content_length >= 0)) {
    return response.content_length;
  }
  return response.source ? response.source_size : static_cast<std::int64_t>(response.body.size());
}

void append_head(std::string& out, const Response& response, const ResponseFraming& framing) {
  out.append("HTTP/1.1 ");
  append_number(out, response.status);
  out.append(" ").append(reason_phrase(response.status));
  out.append("\r\n");
  if (!dates_itself(response)) {
    out.append("Date: ").append(date_now()).append("\r\n");
  }
  for (const auto& [name, value] : response.headers) {
    append_text(out, name);
    out.append(": ");
    append_text(out, value);
    out.append("\r\n");
  }
  if (framing.body == BodyFraming::kLength) {
    out.append("Content-Length: ");
    append_number(out, framing.length);
    out.append("\r\n");
  } else if (framing.body == BodyFraming::kChunked) {
    out.append("Transfer-Encoding: chunked\r\n");
  }
  if (framing.close) {
    out.append("Connection: close\r\n");
  } else if (framing.say_keep_alive) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
}

}  // namespace headrace::http
