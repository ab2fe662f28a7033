// PutRecord: one record, durable when it returns.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/draft.h"
#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::optional<std::string> stream_name;
  Bytes data;
  std::optional<std::string> partition_key;
  std::optional<std::string> explicit_hash_key;
  std::optional<std::string> sequence_number_for_ordering;
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  std::optional<bool> dry_run;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::stream_name>("StreamName", wire::length(1, 128),
                                          wire::pattern(kNamePattern)),
      wire::member<&Request::data>("Data", wire::required, wire::length(0, kDataBytesMax)),
      wire::member<&Request::partition_key>("PartitionKey", wire::length(1, 256)),
      wire::member<&Request::explicit_hash_key>("ExplicitHashKey", wire::pattern(kHashKeyPattern)),
      wire::member<&Request::sequence_number_for_ordering>("SequenceNumberForOrdering",
                                                           wire::pattern(kSequencePattern)),
      wire::member<&Request::stream_arn>("StreamARN", wire::length(1, 2048),
                                         wire::pattern(kArnPattern)),
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)),
      wire::member<&Request::dry_run>("DryRun"));
};

struct Response {
  std::string shard_id;
  std::string sequence_number;
  std::optional<std::string> encryption_type;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::shard_id>("ShardId", wire::required, wire::length(1, 128),
                                        wire::pattern(kNamePattern)),
      wire::member<&Response::sequence_number>("SequenceNumber", wire::required,
                                               wire::pattern(kSequencePattern)),
      wire::member<&Response::encryption_type>("EncryptionType", wire::one_of(kEncryptionTypes)));
};

// Numbers follow the order of arrival, so there is nothing to do for it but to know the number.
Status check_ordering(const streams::Stream& stream, const std::optional<std::string>& text) {
  if (!text) return {};
  const auto number = streams::SequenceNumber::parse(*text);
  if (number && number->stream == stream.id()) return {};
  return fail(ErrorCode::kInvalidArgument, "ExclusiveMinimumSequenceNumber " + *text +
                                               " used in PutRecord on " + stream.described() +
                                               " is invalid.");
}

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  const RecordInput input{request.data.view(), &request.partition_key, &request.explicit_hash_key};
  auto draft = make_draft({&input, 1});
  if (!draft) co_return std::unexpected(std::move(draft).error());
  const auto stream = find_active(kinesis, caller, names_of(request));
  if (!stream) co_return std::unexpected(stream.error());
  CO_RETURN_IF_ERROR(check_draft(*draft, (*stream)->settings(), false));
  CO_RETURN_IF_ERROR(check_ordering(**stream, request.sequence_number_for_ordering));
  CO_RETURN_IF_ERROR(check_dry_run(request.dry_run));
  const auto put = co_await (*stream)->put(std::move(*draft));
  if (!put) co_return std::unexpected(put.error());
  const streams::Put::Run& run = put->runs.front();
  if (put->throttled > 0) {
    co_return fail(ErrorCode::kThroughputExceeded,
                   streams::throttled_message(**stream, run.shard->id));
  }
  co_return Response{run.shard->id.text(), run.first.text(), std::nullopt};
}

}  // namespace

Operation put_record(Kinesis& kinesis) {
  return operation<Request, Response>("PutRecord", "kinesis:PutRecord",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
