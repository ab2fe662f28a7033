// The writer that PutRecords has of its own, past the shapes.
#pragma once

#include <string>

#include "streams/stream.h"
#include "wire/document.h"

namespace headrace::services::kinesis {

std::string write_put_records(wire::Format format, const streams::Stream& stream,
                              const streams::Put& put);

}  // namespace headrace::services::kinesis
