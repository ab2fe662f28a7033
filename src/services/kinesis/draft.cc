#include "services/kinesis/draft.h"

#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {
namespace {

std::string path(std::size_t index, bool batch, std::string_view member) {
  if (!batch) return std::string(member);
  return "records." + std::to_string(index + 1) + ".member." + std::string(member);
}

std::unexpected<Error> too_large(const std::string& path) {
  return fail(ErrorCode::kValidation,
              "1 validation error detected: Value at '" + path +
                  "' failed to satisfy constraint: Member must have length less than or equal to " +
                  std::to_string(streams::kRecordBytesMax));
}

}  // namespace

Result<streams::Draft> make_draft(std::span<const RecordInput> records, bool batch) {
  std::size_t bytes = 0;
  streams::Draft draft;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const RecordInput& record = records[i];
    if (!*record.partition_key) return missing_member(path(i, batch, "partitionKey"));
    const std::size_t size = record.data.size() + (*record.partition_key)->size();
    if (size > streams::kRecordBytesMax) return too_large(path(i, batch, "data"));
    bytes += size;
  }
  if (bytes > streams::kPutBytesMax) {
    return fail(ErrorCode::kInvalidArgument, "Records size exceeds 10 MB limit");
  }
  draft.records = std::make_shared<storage::RecordBatch>(bytes, records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const RecordInput& record = records[i];
    if (const auto& text = *record.explicit_hash_key) {
      const auto key = streams::HashKey::parse(*text);
      if (!key) {
        return fail(ErrorCode::kInvalidArgument,
                    "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
                    "Specified value was " +
                        *text);
      }
      draft.explicit_hash_keys.emplace_back(i, *key);
    }
    draft.records->add(**record.partition_key, record.data);
  }
  return draft;
}

}  // namespace headrace::services::kinesis
