// The reader and the writer that PutRecords has of its own for AWS JSON, past the shapes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "streams/stream.h"

namespace headrace::services::kinesis {

struct PutRecordsText {
  std::optional<std::string> stream_name;
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  bool dry_run = false;
  streams::Draft draft;
};

// Reads a request that is written plainly and breaks no rule, data straight into the draft's arena.
// Nothing when it is anything else, right or wrong: the general reader then says what it is.
std::optional<PutRecordsText> read_put_records(std::string_view body);

std::string write_put_records(const streams::Stream& stream, const streams::Put& put);

// How many characters from `begin` on need no escape in a JSON string: ASCII without controls,
// quotes and backslashes.
std::size_t plain_prefix(const char* begin, const char* end);

}  // namespace headrace::services::kinesis
