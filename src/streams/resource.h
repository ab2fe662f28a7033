// What has tags and a policy of its own: a stream, or a consumer of one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "streams/names.h"

namespace headrace::streams {

class Stream;

// A consumer of a stream as its ARN has it: one that is registered again is another.
struct ConsumerId {
  std::string name;
  std::int64_t created_s = 0;  // seconds since 1970
};

// "arn:aws:kinesis:REGION:ACCOUNT:stream/NAME", with "/consumer/NAME:SECONDS" for a consumer.
struct ResourceKey {
  StreamKey stream;
  std::optional<ConsumerId> consumer;

  std::string arn() const;
  // Nothing when it is the ARN of something else.
  static std::optional<ResourceKey> parse_arn(std::string_view arn);
};

struct Resource {
  Resource(std::shared_ptr<Stream> of, std::optional<ConsumerId> which = std::nullopt)
      : stream(std::move(of)), consumer(std::move(which)) {}

  std::shared_ptr<Stream> stream;
  std::optional<ConsumerId> consumer;
};

}  // namespace headrace::streams
