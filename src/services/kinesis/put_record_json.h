// The reader and the writer that PutRecord has of its own for AWS JSON, past the shapes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "streams/stream.h"

namespace headrace::services::kinesis {

struct PutRecordText {
  std::optional<std::string> stream_name;
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  bool dry_run = false;
  std::optional<std::string> sequence_number_for_ordering;
  streams::Draft draft;  // of one record
};

// Reads a request that is written plainly and breaks no rule, data straight into the draft's arena.
// Nothing when it is anything else, right or wrong: the general reader then says what it is.
std::optional<PutRecordText> read_put_record(std::string_view body);

// `put` of one record that was admitted.
std::string write_put_record(const streams::Put& put);

}  // namespace headrace::services::kinesis
