#include "storage/commit.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

namespace headrace::storage {

namespace asio = boost::asio;

asio::awaitable<Result<Committed>> commit(Store& store, Entry entry) {
  auto executor = co_await asio::this_coro::executor;
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&,
                                          void(std::exception_ptr, Result<Committed>)>(
      [&store, executor](auto handler, Entry submitted) {
        store.submit(std::move(submitted),
                     [executor, handler = std::move(handler)](Result<Committed> result) mutable {
                       asio::post(executor, [handler = std::move(handler),
                                             result = std::move(result)]() mutable {
                         std::move(handler)(std::exception_ptr{}, std::move(result));
                       });
                     });
      },
      asio::use_awaitable, std::move(entry));
}

}  // namespace headrace::storage
