// PutRecords: up to 500 records and 10 MiB, durable when it returns; each is admitted on its own.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/draft.h"
#include "services/kinesis/kinesis.h"
#include "services/kinesis/metering.h"
#include "services/kinesis/put_records_answer.h"
#include "services/kinesis/put_records_cbor.h"
#include "services/kinesis/put_records_json.h"
#include "wire/document.h"

namespace headrace::services::kinesis {
namespace {

struct RequestEntry {
  Bytes data;
  std::optional<std::string> explicit_hash_key;
  std::optional<std::string> partition_key;
  static constexpr auto shape = wire::structure(
      wire::member<&RequestEntry::data>("Data", wire::required, wire::length(0, kDataBytesMax)),
      wire::member<&RequestEntry::explicit_hash_key>("ExplicitHashKey",
                                                     wire::pattern(kHashKeyPattern)),
      wire::member<&RequestEntry::partition_key>("PartitionKey", wire::length(1, 256)));
};

struct Request {
  std::vector<RequestEntry> records;
  std::optional<std::string> stream_name;
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  std::optional<bool> dry_run;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::records>("Records", wire::required, wire::length(1, 500)),
      wire::member<&Request::stream_name>("StreamName", wire::length(1, 128),
                                          wire::pattern(kNamePattern)),
      wire::member<&Request::stream_arn>("StreamARN", wire::length(1, 2048),
                                         wire::pattern(kArnPattern)),
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)),
      wire::member<&Request::dry_run>("DryRun"));
};

struct ResultEntry {
  std::optional<std::string> sequence_number;
  std::optional<std::string> shard_id;
  std::optional<std::string> error_code;
  std::optional<std::string> error_message;
  static constexpr auto shape =
      wire::structure(wire::member<&ResultEntry::sequence_number>("SequenceNumber",
                                                                  wire::pattern(kSequencePattern)),
                      wire::member<&ResultEntry::shard_id>("ShardId", wire::length(1, 128),
                                                           wire::pattern(kNamePattern)),
                      wire::member<&ResultEntry::error_code>("ErrorCode"),
                      wire::member<&ResultEntry::error_message>("ErrorMessage"));
};

struct Response {
  std::optional<std::int32_t> failed_record_count;
  std::vector<ResultEntry> records;
  std::optional<std::string> encryption_type;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::failed_record_count>("FailedRecordCount", wire::range(1)),
      wire::member<&Response::records>("Records", wire::required, wire::length(1, 500)),
      wire::member<&Response::encryption_type>("EncryptionType", wire::one_of(kEncryptionTypes)));
};

struct Outcome {
  std::shared_ptr<streams::Stream> stream;
  streams::Put put;
};

Result<PutRecordsText> from_request(Request request) {
  std::vector<RecordInput> inputs;
  inputs.reserve(request.records.size());
  for (const RequestEntry& entry : request.records) {
    inputs.push_back({entry.data.view(), &entry.partition_key, &entry.explicit_hash_key});
  }
  ASSIGN_OR_RETURN(streams::Draft draft, make_draft(inputs));
  return PutRecordsText{std::move(request.stream_name), std::move(request.stream_arn),
                        std::move(request.stream_id), request.dry_run.value_or(false),
                        std::move(draft)};
}

boost::asio::awaitable<Result<Outcome>> put(Kinesis& kinesis, Caller caller, PutRecordsText text) {
  auto stream = find_active(kinesis, caller, names_of(text));
  if (!stream) co_return std::unexpected(std::move(stream).error());
  CO_RETURN_IF_ERROR(check_draft(text.draft, (*stream)->settings(), true));
  CO_RETURN_IF_ERROR(check_dry_run(text.dry_run));
  const MonotonicTime began = kinesis.clock.monotonic_now();
  const std::size_t records = text.draft.records->size();
  auto done = co_await (*stream)->put(std::move(text.draft));
  count_put_records(**stream, done, records, kinesis.clock, began);
  if (!done) co_return std::unexpected(std::move(done).error());
  co_return Outcome{std::move(*stream), std::move(*done)};
}

Response answer(const Outcome& outcome) {
  Response response;
  response.failed_record_count = static_cast<std::int32_t>(outcome.put.throttled);
  if (outcome.put.sealed) response.encryption_type = "KMS";
  std::vector<streams::SequenceNumber> next;
  next.reserve(outcome.put.runs.size());
  for (const streams::Put::Run& run : outcome.put.runs) next.push_back(run.first);
  for (const std::uint32_t run_of : outcome.put.run_of) {
    const std::uint32_t run = run_of & ~streams::Put::kThrottledBit;
    const streams::ShardId shard = outcome.put.runs[run].shard->id;
    ResultEntry& entry = response.records.emplace_back();
    if (run != run_of) {
      entry.error_code = "ProvisionedThroughputExceededException";
      entry.error_message = streams::throttled_message(*outcome.stream, shard);
      continue;
    }
    entry.sequence_number = next[run].text();
    ++next[run].position;
    entry.shard_id = shard.text();
  }
  return response;
}

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  auto text = from_request(std::move(request));
  if (!text) co_return std::unexpected(std::move(text).error());
  auto outcome = co_await put(kinesis, std::move(caller), std::move(*text));
  if (!outcome) co_return std::unexpected(std::move(outcome).error());
  co_return answer(*outcome);
}

Result<PutRecordsText> read(wire::Format format, std::string_view document) {
  auto text =
      format == wire::Format::kJson ? read_put_records(document) : read_put_records_cbor(document);
  if (text) return std::move(*text);
  Request request;
  RETURN_IF_ERROR(wire::decode_document(format, document, Request::shape, &request));
  return from_request(std::move(request));
}

boost::asio::awaitable<Result<std::string>> handle_document(Kinesis& kinesis, Caller caller,
                                                            wire::Format format,
                                                            std::string document) {
  auto text = read(format, document);
  if (!text) co_return std::unexpected(std::move(text).error());
  auto outcome = co_await put(kinesis, std::move(caller), std::move(*text));
  if (!outcome) co_return std::unexpected(std::move(outcome).error());
  co_return write_put_records(format, *outcome->stream, outcome->put);
}

}  // namespace

Operation put_records(Kinesis& kinesis) {
  Operation made = operation<Request, Response>("PutRecords", "kinesis:PutRecords",
                                                std::bind_front(handle, std::ref(kinesis)));
  made.handle_document = std::bind_front(handle_document, std::ref(kinesis));
  return made;
}

}  // namespace headrace::services::kinesis
