// From records as a request has them to a draft that a stream takes.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "streams/stream.h"

namespace headrace::services::kinesis {

struct RecordInput {
  std::string_view data;
  const std::optional<std::string>* partition_key;
  const std::optional<std::string>* explicit_hash_key;
};

// `batch`: messages name records by their place. kValidation and kInvalidArgument for what the
// constraints of the shapes do not say: a missing key, a size, a hash key out of range.
Result<streams::Draft> make_draft(std::span<const RecordInput> records, bool batch);

}  // namespace headrace::services::kinesis
