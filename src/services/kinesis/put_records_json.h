// The reader that PutRecords has of its own for AWS JSON, past the shapes.
#pragma once

#include <optional>
#include <string_view>

#include "services/kinesis/put_records_builder.h"

namespace headrace::services::kinesis {

// Reads a request that is written plainly and breaks no rule, data straight into the draft's arena.
// Nothing when it is anything else, right or wrong: the general reader then says what it is.
std::optional<PutRecordsText> read_put_records(std::string_view body);

}  // namespace headrace::services::kinesis
