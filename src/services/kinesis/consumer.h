// Registered consumers as several operations name and describe them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "services/kinesis/kinesis.h"
#include "streams/consumers.h"

namespace headrace::services::kinesis {

inline constexpr std::string_view kConsumerArnPattern =
    "^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/"
    "[a-zA-Z0-9_.-]+:[0-9]+";
inline constexpr std::string_view kConsumerStatuses = "CREATING|DELETING|ACTIVE";

struct Consumer {
  std::string consumer_name;
  std::string consumer_arn;
  std::string consumer_status;
  WallTime consumer_creation_timestamp;
  static constexpr auto shape = wire::structure(
      wire::member<&Consumer::consumer_name>("ConsumerName", wire::required, wire::length(1, 128),
                                             wire::pattern(kNamePattern)),
      wire::member<&Consumer::consumer_arn>("ConsumerARN", wire::required, wire::length(1, 2048),
                                            wire::pattern(kConsumerArnPattern)),
      wire::member<&Consumer::consumer_status>("ConsumerStatus", wire::required,
                                               wire::one_of(kConsumerStatuses)),
      wire::member<&Consumer::consumer_creation_timestamp>("ConsumerCreationTimestamp",
                                                           wire::required));
};
Consumer describe_consumer(const streams::Consumer& consumer);

// How a request names a consumer: by its ARN, by its stream and its name, or by all that must then
// agree.
struct ConsumerNames {
  std::optional<std::string_view> stream_arn;
  std::optional<std::string_view> name;
  std::optional<std::string_view> arn;
  std::optional<std::string_view> stream_id;
};

struct RegisteredConsumer {
  std::shared_ptr<streams::Stream> stream;
  std::shared_ptr<streams::Consumer> consumer;
};

// Whatever its state. kInvalidArgument: the names are not enough, or disagree; kNotFound.
Result<RegisteredConsumer> find_consumer(const Kinesis& kinesis, const Caller& caller,
                                         const ConsumerNames& names);

}  // namespace headrace::services::kinesis
