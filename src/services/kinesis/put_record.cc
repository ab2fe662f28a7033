// PutRecord: one record, durable when it returns.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/draft.h"
#include "services/kinesis/kinesis.h"
#include "services/kinesis/metering.h"
#include "services/kinesis/put_record_json.h"
#include "wire/document.h"

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

Result<PutRecordText> from_request(Request request) {
  const RecordInput input{request.data.view(), &request.partition_key, &request.explicit_hash_key};
  ASSIGN_OR_RETURN(streams::Draft draft, make_draft({&input, 1}));
  return PutRecordText{std::move(request.stream_name),
                       std::move(request.stream_arn),
                       std::move(request.stream_id),
                       request.dry_run.value_or(false),
                       std::move(request.sequence_number_for_ordering),
                       std::move(draft)};
}

boost::asio::awaitable<Result<streams::Put>> put(Kinesis& kinesis, Caller caller,
                                                 PutRecordText text) {
  const auto stream = find_active(kinesis, caller, names_of(text));
  if (!stream) co_return std::unexpected(stream.error());
  CO_RETURN_IF_ERROR(check_draft(text.draft, (*stream)->settings(), false));
  CO_RETURN_IF_ERROR(check_ordering(**stream, text.sequence_number_for_ordering));
  CO_RETURN_IF_ERROR(check_dry_run(text.dry_run));
  const MonotonicTime began = kinesis.clock.monotonic_now();
  auto done = co_await (*stream)->put(std::move(text.draft));
  count_put_record(**stream, done, kinesis.clock, began);
  if (done && done->throttled > 0) {
    co_return fail(ErrorCode::kThroughputExceeded,
                   streams::throttled_message(**stream, done->runs.front().shard->id));
  }
  co_return done;
}

Response answer(const streams::Put& put) {
  const streams::Put::Run& run = put.runs.front();
  return {run.shard->id.text(), run.first.text(),
          put.sealed ? std::optional<std::string>("KMS") : std::nullopt};
}

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  auto text = from_request(std::move(request));
  if (!text) co_return std::unexpected(std::move(text).error());
  const auto done = co_await put(kinesis, std::move(caller), std::move(*text));
  if (!done) co_return std::unexpected(done.error());
  co_return answer(*done);
}

Result<PutRecordText> read(wire::Format format, std::string_view document) {
  if (format == wire::Format::kJson) {
    if (auto text = read_put_record(document)) return std::move(*text);
  }
  Request request;
  RETURN_IF_ERROR(wire::decode_document(format, document, Request::shape, &request));
  return from_request(std::move(request));
}

boost::asio::awaitable<Result<std::string>> handle_document(Kinesis& kinesis, Caller caller,
                                                            wire::Format format,
                                                            std::string document) {
  auto text = read(format, document);
  if (!text) co_return std::unexpected(std::move(text).error());
  const auto done = co_await put(kinesis, std::move(caller), std::move(*text));
  if (!done) co_return std::unexpected(done.error());
  if (format == wire::Format::kJson) co_return write_put_record(*done);
  const Response response = answer(*done);
  std::string out;
  wire::append_document(out, format, Response::shape, &response);
  co_return out;
}

}  // namespace

Operation put_record(Kinesis& kinesis) {
  Operation made = operation<Request, Response>("PutRecord", "kinesis:PutRecord",
                                                std::bind_front(handle, std::ref(kinesis)));
  made.handle_document = std::bind_front(handle_document, std::ref(kinesis));
  return made;
}

}  // namespace headrace::services::kinesis
