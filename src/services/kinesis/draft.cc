#include "services/kinesis/draft.h"

#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {
namespace {

std::string path(std::size_t index, bool batch, std::string_view member) {
  if (!batch) return std::string(member);
  return "records." + std::to_string(index + 1) + ".member." + std::string(member);
}

std::string_view key_of(const RecordInput& record) {
  return *record.partition_key ? std::string_view(**record.partition_key) : std::string_view();
}

}  // namespace

Result<streams::Draft> make_draft(std::span<const RecordInput> records) {
  std::size_t bytes = 0;
  streams::Draft draft;
  for (const RecordInput& record : records) {
    bytes += record.data.size() + key_of(record).size();
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
    draft.records->add(key_of(record), record.data);
  }
  return draft;
}

Status check_draft(const streams::Draft& draft, const streams::StreamSettings& settings,
                   bool batch) {
  const bool needs_key = settings.distribution == streams::Distribution::kPartitionKey;
  const std::size_t bytes_max = settings.record_bytes_max();
  const storage::RecordBatch& records = *draft.records;
  std::size_t violations = 0;
  std::string text;
  const auto violate = [&](const std::string& what) {
    text += (violations++ == 0 ? "" : "; ") + what;
  };
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::string_view key = records.key(i);
    if (key.size() + records.data(i).size() > bytes_max) {
      violate("Value at '" + path(i, batch, "data") +
              "' failed to satisfy constraint: Member must have length less than or equal to " +
              std::to_string(bytes_max));
    }
    if (key.empty() && needs_key) {
      violate("Value null at '" + path(i, batch, "partitionKey") +
              "' failed to satisfy constraint: Member must not be null");
    }
  }
  if (violations == 0) return {};
  return fail(ErrorCode::kValidation, std::to_string(violations) + " validation error" +
                                          (violations == 1 ? "" : "s") + " detected: " + text);
}

}  // namespace headrace::services::kinesis
