#include "http/message.h"

#include "http/fields.h"

namespace headrace::http {

std::string_view Request::header(std::string_view name) const {
  for (const HeaderView& field : headers) {
    if (same_name(field.name, name)) {
      return field.value;
    }
  }
  return {};
}

bool Request::has_header(std::string_view name) const {
  for (const HeaderView& field : headers) {
    if (same_name(field.name, name)) {
      return true;
    }
  }
  return false;
}

boost::asio::awaitable<Result<std::string>> Body::all(std::size_t limit) {
  if (declared_size() > 0 && static_cast<std::uint64_t>(declared_size()) > limit) {
    co_return fail(ErrorCode::kRequestTooLarge, "the body is over the limit");
  }
  std::string bytes;
  if (declared_size() > 0) {
    bytes.reserve(static_cast<std::size_t>(declared_size()));
  }
  while (true) {
    auto piece = co_await next();
    if (!piece) {
      co_return std::unexpected(std::move(piece).error());
    }
    if (piece->empty()) {
      co_return bytes;
    }
    if (piece->size() > limit - bytes.size()) {
      co_return fail(ErrorCode::kRequestTooLarge, "the body is over the limit");
    }
    bytes.append(*piece);
  }
}

boost::asio::awaitable<Result<std::string_view>> StringBody::next() {
  if (done_) {
    co_return std::string_view();
  }
  done_ = true;
  co_return std::string_view(bytes_);
}

boost::asio::awaitable<Result<std::string>> read_all(Body& body, std::size_t limit) {
  return body.all(limit);
}

}  // namespace headrace::http
