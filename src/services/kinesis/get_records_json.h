// The writer that GetRecords has of its own for AWS JSON, past the shapes.
#pragma once

#include <string>
#include <string_view>

#include "streams/stream.h"

namespace headrace::services::kinesis {

std::string write_get_records(const streams::Stream& stream, const streams::Shard& shard,
                              const streams::Read& read, std::string_view next_iterator);

}  // namespace headrace::services::kinesis
