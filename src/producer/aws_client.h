// Calls of Kinesis Data Streams: signed, sent, told apart.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "http/client.h"
#include "producer/settings.h"

namespace headrace::producer {

struct Answer {
  int status = 0;
  std::string body;                   // JSON
  std::string code;                   // of an error, "ValidationException"; empty: success
  std::string message;                // of an error
  std::optional<WallTime> date = {};  // of the server's clock, if it says so

  bool ok() const { return code.empty(); }
};

// What an error means for the one who called.
enum class Remedy {
  kRetry,   // later, as it was
  kChange,  // this request will never do; another may
  kGiveUp,  // no request will do: stream or caller are not what they should be
};
Remedy remedy(const Answer& answer);

// One connection, one call at a time. Lives on its executor.
class AwsClient {
 public:
  AwsClient(boost::asio::any_io_executor executor, Settings settings, Clock& clock);

  // An error is that there was no answer: http::Client::send's. `operation`: "PutRecords".
  boost::asio::awaitable<Result<Answer>> call(std::string operation, std::string body);
  // The same, but the body of a success goes to `sink` as it comes.
  boost::asio::awaitable<Result<Answer>> call(std::string operation, std::string body,
                                              http::ClientBodySink sink);
  // Drops the connection, so that nothing of it waits on the executor; a call opens another.
  void close() { client_.close(); }

 private:
  Settings settings_;
  Clock& clock_;
  http::Client client_;
};

// "StreamName":"..." or "StreamARN":"...", by what `stream` looks like: a member of a request.
std::string stream_member(std::string_view stream);

}  // namespace headrace::producer
