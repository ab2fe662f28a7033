// What the domain's calls put into the log, and the rows they put it from.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "objects/object_store.h"
#include "storage/store.h"

namespace headrace::objects {

// An entry with the meaning of its guards: what it is when guard number `index` refuses.
struct ObjectStore::Write {
  storage::Entry entry;
  std::vector<std::pair<std::size_t, Error>> refusals;
  Object object;  // what it makes, where it makes one

  void add(std::string sql, std::vector<storage::SqlValue> parameters) {
    entry.mutations.push_back({std::move(sql), std::move(parameters)});
  }
  void guard(std::string sql, std::vector<storage::SqlValue> parameters, Error refusal) {
    refusals.emplace_back(entry.mutations.size(), std::move(refusal));
    entry.mutations.push_back({std::move(sql), std::move(parameters), true});
  }
  // Replaces what is under object.key by `object`.
  void put_object(const std::string& bucket, const WriteConditions& conditions);
  // The error that a commit's outcome stands for; a guard that is not ours is kCancelled.
  Status outcome(const Result<storage::Committed>& committed) const;
};

Error no_such_bucket();
Error no_such_key();
Error no_such_upload();
Error precondition_failed();

// Keys are 1..1,024 bytes of UTF-8.
Status check_key(const std::string& key);
Status check_bucket_name(std::string_view name);

storage::SqlValue integer_value(std::uint64_t value);
storage::SqlValue encode_attributes(const Attributes& attributes);
Result<Attributes> decode_attributes(std::string_view encoded);
// Three columns: algorithm, value, type.
void add_checksum(std::vector<storage::SqlValue>& values, const std::optional<Checksum>& checksum);
std::optional<Checksum> read_checksum(const storage::Row& row, int first_column);

// Frees what lies under the key, without dropping the row. ?1 bucket, ?2 key.
inline constexpr const char* kFreeObject =
    "INSERT INTO garbage(extents) SELECT extents FROM objects "
    "WHERE bucket=(SELECT id FROM buckets WHERE name=?1) AND key=?2 AND size > 0";

// The bytes of a finished ingest as an entry carries them; its extents.
std::vector<storage::Extent> carry(Ingest& ingest, storage::BlobStore& blobs,
                                   storage::Entry& entry);
// Before the entry is submitted, and with its outcome behind it.
void begin_commit(Ingest& ingest);
void end_commit(Ingest& ingest, bool committed);

}  // namespace headrace::objects
