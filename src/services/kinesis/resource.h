// How operations on streams and consumers alike name what they are about.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/kinesis/kinesis.h"
#include "streams/resource.h"

namespace headrace::services::kinesis {

inline constexpr std::string_view kResourceArnPattern =
    "arn:aws.*:kinesis:.*:\\d{12}:.*(stream|channel|queue)/\\S+";

// kInvalidArgument: not the ARN of a stream or a consumer, or a StreamId of another stream;
// kNotFound (the stream; whether the consumer is there is found by what is done with it).
Result<streams::Resource> find_resource(const Kinesis& kinesis, const Caller& caller,
                                        const std::string& arn,
                                        const std::optional<std::string>& stream_id);

}  // namespace headrace::services::kinesis
