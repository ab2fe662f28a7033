// UpdateMaxRecordSize: how large one record of a stream may be.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  std::int32_t max_record_size_in_kib = 0;
  static constexpr auto shape =
      wire::structure(wire::member<&Request::stream_arn>("StreamARN", wire::length(1, 2048),
                                                         wire::pattern(kArnPattern)),
                      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                                        wire::pattern(kStreamIdPattern)),
                      wire::member<&Request::max_record_size_in_kib>(
                          "MaxRecordSizeInKiB", wire::required, wire::range(1024, 10240)));
};

boost::asio::awaitable<Result<NoResponse>> handle(Kinesis& kinesis, Caller caller,
                                                  Request request) {
  const auto stream =
      find_stream(kinesis, caller, {.arn = request.stream_arn, .id = request.stream_id});
  if (!stream) co_return std::unexpected(stream.error());
  Status done = co_await kinesis.streams.set_record_size(*stream, request.max_record_size_in_kib);
  if (!done) co_return std::unexpected(std::move(done).error());
  co_return NoResponse{};
}

}  // namespace

Operation update_max_record_size(Kinesis& kinesis) {
  return operation<Request, NoResponse>("UpdateMaxRecordSize", "kinesis:UpdateMaxRecordSize",
                                        std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
