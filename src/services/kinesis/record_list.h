// The writer that lists of records have of their own, past the shapes.
#pragma once

#include <cstddef>
#include <string>

#include "storage/record.h"
#include "streams/sequence_number.h"
#include "wire/document.h"

namespace headrace::services::kinesis {

// At least the bytes that append_record_list() appends.
std::size_t record_list_bytes_max(const storage::Slice& slice);

// The value of a member `Records` as GetRecords and SubscribeToShard answer it. `shard` is any
// sequence number of the shard.
void append_record_list(std::string& out, wire::Format format, streams::SequenceNumber shard,
                        const storage::Slice& slice);

}  // namespace headrace::services::kinesis
