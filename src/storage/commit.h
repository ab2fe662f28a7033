// Store::submit for coroutines.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "storage/store.h"

namespace headrace::storage {

// Submits `entry` at once, in order, and returns on the caller's executor once it is committed.
boost::asio::awaitable<Result<Committed>> commit(Store& store, Entry entry);

}  // namespace headrace::storage
