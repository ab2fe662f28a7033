// GetRecords: up to 10,000 records and 10 MiB from a shard iterator on.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/metering.h"
#include "services/kinesis/record.h"
#include "services/kinesis/record_list.h"
#include "wire/cbor.h"
#include "wire/document.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::string shard_iterator;
  std::optional<std::int32_t> limit;
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  std::optional<bool> dry_run;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::shard_iterator>("ShardIterator", wire::required, wire::length(1, 512)),
      wire::member<&Request::limit>("Limit", wire::range(1, 10000)),
      wire::member<&Request::stream_arn>("StreamARN", wire::length(1, 2048),
                                         wire::pattern(kArnPattern)),
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)),
      wire::member<&Request::dry_run>("DryRun"));
};

struct Response {
  std::vector<Record> records;
  std::optional<std::string> next_shard_iterator;
  std::optional<std::int64_t> millis_behind_latest;
  std::optional<std::vector<ChildShard>> child_shards;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::records>("Records", wire::required),
      wire::member<&Response::next_shard_iterator>("NextShardIterator", wire::length(1, 512)),
      wire::member<&Response::millis_behind_latest>("MillisBehindLatest", wire::range(0)),
      wire::member<&Response::child_shards>("ChildShards"));
};

struct Outcome {
  streams::Iterator next;
  std::string next_token;  // empty at the end of a closed shard
  streams::Read read;
};

boost::asio::awaitable<Result<Outcome>> read(Kinesis& kinesis, Caller caller, Request request) {
  auto iterator =
      kinesis.streams.open_iterator(request.shard_iterator, caller.account, caller.region);
  if (!iterator) co_return std::unexpected(std::move(iterator).error());
  const streams::StreamKey& key = iterator->stream->key();
  if (request.stream_arn && *request.stream_arn != key.arn()) {
    co_return fail(ErrorCode::kInvalidArgument,
                   "The ShardIterator does not belong to StreamARN " + *request.stream_arn + ".");
  }
  CO_RETURN_IF_ERROR(check_id(*iterator->stream, request.stream_id));
  if (!takes_records(*iterator->stream)) {
    co_return fail(ErrorCode::kNotFound,
                   "Stream " + key.name.text() + " under account " + key.account + " not found.");
  }
  CO_RETURN_IF_ERROR(check_dry_run(request.dry_run));
  const auto limit =
      request.limit ? static_cast<std::size_t>(*request.limit) : streams::kReadRecordsMax;
  const MonotonicTime began = kinesis.clock.monotonic_now();
  auto done = co_await iterator->stream->read(iterator->shard, iterator->next, limit);
  count_get_records(*iterator->stream, done, kinesis.clock, began);
  if (!done) co_return std::unexpected(std::move(done).error());
  iterator->next = done->slice.next;
  // An iterator leads no further than the end of a closed shard.
  std::string token = done->ended ? std::string() : kinesis.streams.make_iterator(*iterator);
  co_return Outcome{std::move(*iterator), std::move(token), std::move(*done)};
}

Response answer(const Outcome& outcome) {
  const streams::Stream& stream = *outcome.next.stream;
  const auto shards = stream.shards();
  const streams::Shard& shard = *shards->find(outcome.next.shard);
  Response response;
  if (outcome.read.ended) {
    response.child_shards = child_shards(*shards, shard.id);
  } else {
    response.next_shard_iterator = outcome.next_token;
  }
  response.millis_behind_latest = outcome.read.millis_behind_latest;
  response.records = describe_records(stream, shard, outcome.read.slice);
  return response;
}

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  auto outcome = co_await read(kinesis, std::move(caller), std::move(request));
  if (!outcome) co_return std::unexpected(std::move(outcome).error());
  co_return answer(*outcome);
}

// Of a shard that goes on. The iterator is of characters that no format escapes.
std::string write(wire::Format format, const Outcome& outcome) {
  const streams::Stream& stream = *outcome.next.stream;
  const auto shards = stream.shards();
  const streams::Shard& shard = *shards->find(outcome.next.shard);
  const streams::SequenceNumber number{shard.created_ms, stream.id(), shard.id, 0};
  const storage::Slice& slice = outcome.read.slice;
  std::string out;
  out.reserve(record_list_bytes_max(slice) + outcome.next_token.size() + 128);
  if (format == wire::Format::kJson) {
    out = "{\"Records\":";
    append_record_list(out, format, number, slice);
    out.append(",\"NextShardIterator\":\"").append(outcome.next_token);
    out.append("\",\"MillisBehindLatest\":");
    return out.append(std::to_string(outcome.read.millis_behind_latest)).append("}");
  }
  wire::append_cbor_head(out, wire::CborMajor::kMap, 3);
  wire::append_cbor_text(out, "Records");
  append_record_list(out, format, number, slice);
  wire::append_cbor_text(out, "NextShardIterator");
  wire::append_cbor_text(out, outcome.next_token);
  wire::append_cbor_text(out, "MillisBehindLatest");
  wire::append_cbor_integer(out, outcome.read.millis_behind_latest);
  return out;
}

boost::asio::awaitable<Result<std::string>> handle_document(Kinesis& kinesis, Caller caller,
                                                            wire::Format format,
                                                            std::string document) {
  Request request;
  CO_RETURN_IF_ERROR(wire::decode_document(format, document, Request::shape, &request));
  const auto outcome = co_await read(kinesis, std::move(caller), std::move(request));
  if (!outcome) co_return std::unexpected(outcome.error());
  if (!outcome->read.ended) co_return write(format, *outcome);
  const Response last = answer(*outcome);
  std::string answered;
  wire::append_document(answered, format, Response::shape, &last);
  co_return answered;
}

}  // namespace

Operation get_records(Kinesis& kinesis) {
  Operation made = operation<Request, Response>("GetRecords", "kinesis:GetRecords",
                                                std::bind_front(handle, std::ref(kinesis)));
  made.handle_document = std::bind_front(handle_document, std::ref(kinesis));
  return made;
}

}  // namespace headrace::services::kinesis
