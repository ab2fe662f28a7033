// UpdateStreamRecordDistributionStrategy: whether keys say to which shard records go, or nothing
// does and they are spread evenly.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"
#include "services/kinesis/settings.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::string stream_arn;
  std::optional<std::string> stream_id;
  std::string record_distribution_strategy;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::stream_arn>("StreamARN", wire::required, wire::length(1, 2048),
                                         wire::pattern(kArnPattern)),
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)),
      wire::member<&Request::record_distribution_strategy>(
          "RecordDistributionStrategy", wire::required, wire::one_of(kDistributions)));
};

boost::asio::awaitable<Result<NoResponse>> handle(Kinesis& kinesis, Caller caller,
                                                  Request request) {
  const auto stream =
      find_stream(kinesis, caller, {.arn = request.stream_arn, .id = request.stream_id});
  if (!stream) co_return std::unexpected(stream.error());
  const auto distribution = distribution_from(request.record_distribution_strategy);
  Status done = co_await kinesis.streams.set_distribution(*stream, distribution);
  if (!done) co_return std::unexpected(std::move(done).error());
  co_return NoResponse{};
}

}  // namespace

Operation update_stream_record_distribution_strategy(Kinesis& kinesis) {
  return operation<Request, NoResponse>("UpdateStreamRecordDistributionStrategy",
                                        "kinesis:UpdateStreamRecordDistributionStrategy",
                                        std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
