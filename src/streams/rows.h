// Streams as the database has them.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "storage/metadata.h"
#include "storage/mutation.h"
#include "streams/stream.h"

namespace headrace::streams {

// Every stream, also those that were deleted and are not gone yet. Blocks.
Result<std::vector<Stream::Row>> load_streams(storage::Metadata& metadata);

// A guard: refuses when the name is taken.
storage::Mutation insert_stream(const Stream::Row& row);
storage::Mutation insert_shard(std::uint64_t stream, const Shard& shard);
storage::Mutation close_shard(std::uint64_t stream, ShardId shard, std::int64_t closed_ms);
// A guard: refuses when the stream was deleted.
storage::Mutation update_settings(std::uint64_t stream, const StreamSettings& settings);
storage::Mutation insert_change(std::uint64_t stream, CountedChange kind, std::int64_t at_ms);
// Changes before that count no more.
storage::Mutation forget_changes(std::uint64_t stream, std::int64_t before_ms);
std::vector<storage::Mutation> delete_data_keys(std::uint64_t stream,
                                                const std::vector<storage::Mark>& numbers);
// Inserts the key, deletes those it has outlived.
std::vector<storage::Mutation> insert_data_key(std::uint64_t stream, const DataKeys::Made& made);
// Every row of a stream that is gone.
std::vector<storage::Mutation> delete_rows(std::uint64_t stream);

}  // namespace headrace::streams
