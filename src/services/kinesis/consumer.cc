#include "services/kinesis/consumer.h"

#include <utility>

namespace headrace::services::kinesis {
namespace {

Result<RegisteredConsumer> find_by_arn(const Kinesis& kinesis, const Caller& caller,
                                       const ConsumerNames& names) {
  const auto key = streams::ConsumerKey::parse_arn(*names.arn);
  if (!key) {
    return fail(ErrorCode::kInvalidArgument, "Invalid ConsumerARN: " + std::string(*names.arn));
  }
  const std::string stream_arn = key->stream.arn();
  if ((names.stream_arn && *names.stream_arn != stream_arn) ||
      (names.name && *names.name != key->name.text())) {
    return fail(
        ErrorCode::kInvalidArgument,
        "StreamARN and ConsumerName do not match ConsumerARN " + std::string(*names.arn) + ".");
  }
  ASSIGN_OR_RETURN(auto stream,
                   find_stream(kinesis, caller, {.arn = stream_arn, .id = names.stream_id}));
  auto consumer = stream->consumers().find(key->name.text());
  if (!consumer || consumer->key() != *key) return streams::no_such_consumer(*key);
  return RegisteredConsumer{std::move(stream), std::move(consumer)};
}

}  // namespace

Consumer describe_consumer(const streams::Consumer& consumer) {
  return {.consumer_name = consumer.key().name.text(),
          .consumer_arn = consumer.key().arn(),
          .consumer_status = std::string(streams::status_name(consumer.status())),
          .consumer_creation_timestamp = {consumer.created_ms()}};
}

Result<RegisteredConsumer> find_consumer(const Kinesis& kinesis, const Caller& caller,
                                         const ConsumerNames& names) {
  if (names.arn) return find_by_arn(kinesis, caller, names);
  if (!names.name || (!names.stream_arn && !names.stream_id)) {
    return fail(ErrorCode::kInvalidArgument,
                "Either ConsumerARN, or StreamARN and ConsumerName, must be specified.");
  }
  auto name = streams::StreamName::parse(*names.name);
  if (!name) {
    return fail(ErrorCode::kInvalidArgument, "Invalid ConsumerName: " + std::string(*names.name));
  }
  ASSIGN_OR_RETURN(auto stream,
                   find_stream(kinesis, caller, {.arn = names.stream_arn, .id = names.stream_id}));
  auto consumer = stream->consumers().find(name->text());
  if (!consumer) return streams::no_such_consumer({stream->key(), std::move(*name)});
  return RegisteredConsumer{std::move(stream), std::move(consumer)};
}

}  // namespace headrace::services::kinesis
