#include "producer/input.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <exception>
#include <system_error>
#include <utility>

#include "base/check.h"

namespace headrace::producer {

namespace asio = boost::asio;

namespace {
std::unexpected<Error> file_error(const std::string& path) {
  const int number = errno;
  return fail(number == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
              path + ": " + std::system_category().message(number));
}
}  // namespace

Input::Input(std::vector<std::string> paths)
    : paths_(std::move(paths)), stop_(::eventfd(0, EFD_CLOEXEC)) {
  CHECK(!paths_.empty() && stop_ >= 0);
}

Input::~Input() {
  stop();
  thread_.join();
  if (file_ > STDIN_FILENO) ::close(file_);
  ::close(stop_);
}

void Input::stop() {
  const std::uint64_t one = 1;
  CHECK(::write(stop_, &one, sizeof one) == sizeof one);
}

asio::awaitable<Result<std::string>> Input::next() {
  auto executor = co_await asio::this_coro::executor;
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&,
                                          void(std::exception_ptr, Result<std::string>)>(
      [this, executor](auto handler) {
        asio::post(thread_, [this, executor, handler = std::move(handler)]() mutable {
          Result<std::string> piece = read();
          asio::post(executor, [handler = std::move(handler), piece = std::move(piece)]() mutable {
            std::move(handler)(std::exception_ptr{}, std::move(piece));
          });
        });
      },
      asio::use_awaitable);
}

Result<std::string> Input::read() {
  for (;;) {
    if (file_ < 0) RETURN_IF_ERROR(open_next());
    ASSIGN_OR_RETURN(std::string piece, read_open());
    if (!piece.empty() || opened_ == paths_.size()) return piece;
    if (file_ > STDIN_FILENO) ::close(file_);
    file_ = -1;
  }
}

Status Input::open_next() {
  const std::string& path = paths_[opened_++];
  offset_ = 0;
  file_ = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0) return file_error(path);
  return {};
}

Result<std::string> Input::read_open() {
  const std::string& path = paths_[opened_ - 1];
  struct stat status{};
  if (::fstat(file_, &status) != 0) return file_error(path);
  if (S_ISREG(status.st_mode) && static_cast<std::uint64_t>(status.st_size) < offset_) {
    offset_ = 0;
    if (::lseek(file_, 0, SEEK_SET) < 0) return file_error(path);
  }
  pollfd wanted[2] = {{.fd = stop_, .events = POLLIN, .revents = 0},
                      {.fd = file_, .events = POLLIN, .revents = 0}};
  while (::poll(wanted, 2, -1) < 0) {
    if (errno != EINTR) return file_error(path);
  }
  if (wanted[0].revents != 0) return std::string();
  std::string piece(kPieceBytes, '\0');
  ssize_t got = 0;
  do {
    got = ::read(file_, piece.data(), piece.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) return file_error(path);
  offset_ += static_cast<std::uint64_t>(got);
  piece.resize(static_cast<std::size_t>(got));
  return piece;
}

}  // namespace headrace::producer
