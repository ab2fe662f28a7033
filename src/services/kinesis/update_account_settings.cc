// UpdateAccountSettings: begins the minimum throughput commitment of the account, or asks for its
// end, which comes after 24 hours at the earliest.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"
#include "services/kinesis/settings.h"

namespace headrace::services::kinesis {
namespace {

struct CommitmentRequest {
  std::string status;
  static constexpr auto shape = wire::structure(wire::member<&CommitmentRequest::status>(
      "Status", wire::required, wire::one_of("ENABLED|DISABLED")));
};

struct Request {
  CommitmentRequest minimum_throughput_billing_commitment;
  static constexpr auto shape =
      wire::structure(wire::member<&Request::minimum_throughput_billing_commitment>(
          "MinimumThroughputBillingCommitment", wire::required));
};

struct Response {
  std::optional<MinimumThroughputBillingCommitment> minimum_throughput_billing_commitment;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::minimum_throughput_billing_commitment>(
          "MinimumThroughputBillingCommitment"));
};

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  streams::Streams& streams = kinesis.streams;
  Result<streams::Commitment> commitment;
  if (request.minimum_throughput_billing_commitment.status == "ENABLED") {
    commitment = co_await streams.accounts().commit(caller.account, caller.region);
  } else {
    commitment = co_await streams.end_commitment(caller.account, caller.region);
  }
  if (!commitment) co_return std::unexpected(std::move(commitment).error());
  co_return Response{describe_commitment(*commitment, kinesis.clock.wall_now())};
}

}  // namespace

Operation update_account_settings(Kinesis& kinesis) {
  return operation<Request, Response>("UpdateAccountSettings", "kinesis:UpdateAccountSettings",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
