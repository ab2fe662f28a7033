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

// What the constraints of the shapes do not say of records, whatever their stream.
// kInvalidArgument: they are too large together, or a hash key is out of range.
Result<streams::Draft> make_draft(std::span<const RecordInput> records);
// What their stream has to say. kValidation: a record is too large, or has no key where records go
// by their keys. `batch`: messages name records by their place.
Status check_draft(const streams::Draft& draft, const streams::StreamSettings& settings,
                   bool batch);

}  // namespace headrace::services::kinesis
