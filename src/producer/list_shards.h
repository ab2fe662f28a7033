#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "base/error.h"
#include "producer/retrying_client.h"
#include "producer/shards.h"

namespace headrace::producer {

// Adds every shard that is still there, page by page, as Shards::add_listed() does. `stream`: name
// or ARN. Errors: what cannot be helped.
boost::asio::awaitable<Status> list_shards(RetryingClient& client, std::string stream,
                                           Shards& shards, bool from_start);

// The error of an answer that is one.
std::unexpected<Error> refused(const Answer& answer);

}  // namespace headrace::producer
