// The reader that PutRecords has of its own for AWS CBOR, past the shapes.
#pragma once

#include <optional>
#include <string_view>

#include "services/kinesis/put_records_builder.h"

namespace headrace::services::kinesis {

// As read_put_records() does for JSON: nothing for what is not plain, right or wrong.
std::optional<PutRecordsText> read_put_records_cbor(std::string_view body);

}  // namespace headrace::services::kinesis
