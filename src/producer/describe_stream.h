#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "producer/retrying_client.h"

namespace headrace::producer {

struct StreamSummary {
  std::string arn;          // empty: the caller may not describe the stream
  bool by_hash_key = true;  // otherwise a record is in any shard, whatever its key
  WallTime now = {};        // by the server's clock, rounded down to seconds
};

// Errors: what cannot be helped. That the caller may not describe the stream is none: who reads
// needs no such permission. `stream`: name or ARN.
boost::asio::awaitable<Result<StreamSummary>> describe_stream(RetryingClient& client,
                                                              std::string stream, Clock& clock);

}  // namespace headrace::producer
