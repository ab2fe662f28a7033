// DescribeAccountSettings: the minimum throughput commitment of the account.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"
#include "services/kinesis/settings.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  static constexpr wire::Shape<0> shape{};
};

struct Response {
  std::optional<MinimumThroughputBillingCommitment> minimum_throughput_billing_commitment;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::minimum_throughput_billing_commitment>(
          "MinimumThroughputBillingCommitment"));
};

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller,
                                                Request /*request*/) {
  const auto commitment = kinesis.streams.accounts().commitment(caller.account, caller.region);
  co_return Response{describe_commitment(commitment, kinesis.clock.wall_now())};
}

}  // namespace

Operation describe_account_settings(Kinesis& kinesis) {
  return operation<Request, Response>("DescribeAccountSettings", "kinesis:DescribeAccountSettings",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
