// SubscribeToShard: the records of a shard as events, as they come, for five minutes.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/consumer.h"
#include "services/kinesis/record.h"
#include "services/kinesis/record_list.h"
#include "services/kinesis/starting_position.h"
#include "wire/cbor.h"
#include "wire/event.h"

namespace headrace::services::kinesis {
namespace {

constexpr std::string_view kEventName = "SubscribeToShardEvent";
constexpr std::size_t kFixedMax = 256;  // what an event has beside its records

constexpr PositionWords kWords = {
    .operation = "SubscribeToShard", .subject = "StartingPosition", .number = "SequenceNumber"};

struct StartingPosition {
  std::string type;
  std::optional<std::string> sequence_number;
  std::optional<WallTime> timestamp;
  static constexpr auto shape = wire::structure(
      wire::member<&StartingPosition::type>("Type", wire::required, wire::one_of(kPositionTypes)),
      wire::member<&StartingPosition::sequence_number>("SequenceNumber",
                                                       wire::pattern(kSequencePattern)),
      wire::member<&StartingPosition::timestamp>("Timestamp"));
};

struct Request {
  std::string consumer_arn;
  std::optional<std::string> stream_id;
  std::string shard_id;
  StartingPosition starting_position;
  std::optional<bool> dry_run;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::consumer_arn>("ConsumerARN", wire::required, wire::length(1, 2048),
                                           wire::pattern(kConsumerArnPattern)),
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)),
      wire::member<&Request::shard_id>("ShardId", wire::required, wire::length(1, 128),
                                       wire::pattern(kNamePattern)),
      wire::member<&Request::starting_position>("StartingPosition", wire::required),
      wire::member<&Request::dry_run>("DryRun"));
};

struct ShardEvent {
  std::vector<Record> records;
  std::optional<std::string> continuation_sequence_number;  // absent at the end of the shard only
  std::int64_t millis_behind_latest = 0;
  std::optional<std::vector<ChildShard>> child_shards;
  static constexpr auto shape = wire::structure(
      wire::member<&ShardEvent::records>("Records", wire::required),
      wire::member<&ShardEvent::continuation_sequence_number>(
          "ContinuationSequenceNumber", wire::required, wire::pattern(kSequencePattern)),
      wire::member<&ShardEvent::millis_behind_latest>("MillisBehindLatest", wire::required,
                                                      wire::range(0)),
      wire::member<&ShardEvent::child_shards>("ChildShards"));
};

struct Events {
  ShardEvent shard_event;
  static constexpr auto shape = wire::structure(
      wire::member<&Events::shard_event>(kEventName, wire::required),
      wire::exception("ResourceNotFoundException"), wire::exception("ResourceInUseException"),
      wire::exception("KMSDisabledException"), wire::exception("KMSInvalidStateException"),
      wire::exception("KMSAccessDeniedException"), wire::exception("KMSNotFoundException"),
      wire::exception("KMSOptInRequired"), wire::exception("KMSThrottlingException"),
      wire::exception("InternalFailureException"));
};

struct Response {
  wire::EventStream<Events> events;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::events>("EventStream", wire::required));
};

// The last event of a shard.
wire::Event last_event(const streams::Stream& stream, const streams::ShardMap& shards,
                       const streams::Shard& shard, const streams::Read& read) {
  ShardEvent event{.records = describe_records(stream, shard, read.slice),
                   .continuation_sequence_number = std::nullopt,
                   .millis_behind_latest = read.millis_behind_latest,
                   .child_shards = child_shards(shards, shard.id)};
  return wire::event(kEventName, std::move(event));
}

// An event of a shard that goes on, as the shape of ShardEvent would have it.
void write(streams::SequenceNumber last, const streams::Read& read, wire::Format format,
           std::string& out) {
  out.reserve(out.size() + record_list_bytes_max(read.slice) + kFixedMax);
  if (format == wire::Format::kJson) {
    out += R"({"Records":)";
    append_record_list(out, format, last, read.slice);
    out.append(R"(,"ContinuationSequenceNumber":")").append(last.text());
    out.append(R"(","MillisBehindLatest":)");
    out.append(std::to_string(read.millis_behind_latest)).append("}");
    return;
  }
  wire::append_cbor_head(out, wire::CborMajor::kMap, 3);
  wire::append_cbor_text(out, "Records");
  append_record_list(out, format, last, read.slice);
  wire::append_cbor_text(out, "ContinuationSequenceNumber");
  wire::append_cbor_text(out, last.text());
  wire::append_cbor_text(out, "MillisBehindLatest");
  wire::append_cbor_integer(out, read.millis_behind_latest);
}

wire::Event next_event(const streams::Stream& stream, const streams::Shard& shard,
                       streams::Read read) {
  // That of the last record, or the shard's starting one: what follows it comes next.
  const streams::SequenceNumber last{shard.created_ms, stream.id(), shard.id, read.slice.next};
  // Shared because functions are copied.
  auto shared = std::make_shared<const streams::Read>(std::move(read));
  return {.name = kEventName,
          .value = nullptr,
          .write = [last, shared](wire::Format format, std::string& out) {
            write(last, *shared, format, out);
          }};
}

boost::asio::awaitable<Result<std::optional<wire::Event>>> next(
    std::shared_ptr<streams::Subscription> subscription) {
  auto read = co_await subscription->next();
  if (!read) co_return std::unexpected(std::move(read).error());
  if (!*read) co_return std::nullopt;
  const streams::Stream& stream = subscription->stream();
  const auto shards = stream.shards();
  const streams::Shard& shard = *shards->find(subscription->shard());
  if ((*read)->ended) co_return last_event(stream, *shards, shard, **read);
  co_return next_event(stream, shard, std::move(**read));
}

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  StartingPosition& start = request.starting_position;
  Position position{std::move(start.type), std::move(start.sequence_number), start.timestamp};
  CO_RETURN_IF_ERROR(check_position(position, kWords, kinesis.clock.wall_now()));
  auto found =
      find_consumer(kinesis, caller, {.arn = request.consumer_arn, .stream_id = request.stream_id});
  if (!found) co_return std::unexpected(std::move(found).error());
  const auto shard = streams::ShardId::parse(request.shard_id);
  if (!shard || found->stream->shards()->find(*shard) == nullptr) {
    co_return found->stream->no_such_shard(request.shard_id);
  }
  const auto from = co_await first_record(found->stream, *shard, std::move(position), kWords);
  if (!from) co_return std::unexpected(from.error());
  CO_RETURN_IF_ERROR(check_dry_run(request.dry_run));
  auto subscription = kinesis.streams.subscribe(std::move(found->stream),
                                                std::move(found->consumer), *shard, *from);
  if (!subscription) co_return std::unexpected(std::move(subscription).error());
  Response response;
  response.events.cancel = [link = (*subscription)->link()] { link->end(std::nullopt); };
  response.events.next = std::bind_front(next, std::move(*subscription));
  co_return response;
}

}  // namespace

Operation subscribe_to_shard(Kinesis& kinesis) {
  return operation<Request, Response>("SubscribeToShard", "kinesis:SubscribeToShard",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
