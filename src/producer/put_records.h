// The body of a PutRecords request and what its answer says of each record.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "producer/record_queue.h"

namespace headrace::producer {

std::string encode_put_records(std::string_view stream, std::span<const Record> records);

// Of each record in order: empty when the stream has it, otherwise its error code and message.
// kMalformedHttp: not an answer for `count` records.
Result<std::vector<std::string>> decode_put_records(std::string_view body, std::size_t count);

}  // namespace headrace::producer
