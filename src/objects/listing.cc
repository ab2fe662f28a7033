// Objects and unfinished uploads in the order of their keys, rolled up by a delimiter.
#include <algorithm>
#include <utility>

#include "objects/object_store.h"
#include "objects/write.h"

namespace headrace::objects {
namespace {

// Where a scan goes on: at `key` itself, or behind it; in a list of uploads behind `id` of `key`.
struct Position {
  std::string key;
  bool inclusive = false;
};

// The least string that is greater than all that begin with `prefix`; nothing when there is none.
std::optional<std::string> behind(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (prefix.empty()) return std::nullopt;
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

// What a key is rolled up to; empty: it stands for itself.
std::string_view common_prefix(std::string_view key, std::string_view prefix,
                               std::string_view delimiter) {
  if (delimiter.empty() || !key.starts_with(prefix)) return {};
  const std::size_t found = key.find(delimiter, prefix.size());
  if (found == std::string_view::npos) return {};
  return key.substr(0, found + delimiter.size());
}

// The first place where something to list may be; nothing: there is none.
std::optional<Position> first_position(const std::string& prefix, const std::string& delimiter,
                                       const std::string& after) {
  if (after < prefix) return Position{prefix, true};
  const std::string_view rolled_up = common_prefix(after, prefix, delimiter);
  if (rolled_up.empty()) return Position{after, false};
  auto next = behind(std::string(rolled_up));
  if (!next) return std::nullopt;
  return Position{std::move(*next), true};
}

Result<std::int64_t> bucket_id(storage::Metadata& metadata, const std::string& name) {
  std::int64_t id = 0;
  RETURN_IF_ERROR(
      metadata.query("SELECT id FROM buckets WHERE name=?1", {name}, [&](const storage::Row& row) {
        id = row.integer(0);
        return false;
      }));
  if (id == 0) return std::unexpected(no_such_bucket());
  return id;
}

// SQLite compares TEXT with BLOB by kind: every BLOB is greater, so an empty one bounds nothing.
storage::SqlValue upper_bound(const std::string& prefix) {
  auto bound = behind(prefix);
  if (!bound) return Bytes{};
  return std::move(*bound);
}

Object listed_object(const storage::Row& row) {
  Object object;
  object.key = row.text(0);
  object.size = static_cast<std::uint64_t>(row.integer(1));
  object.etag = row.text(2);
  object.modified = {row.integer(3)};
  object.checksum = read_checksum(row, 4);
  object.parts = static_cast<std::uint32_t>(row.integer(7));
  return object;
}

Upload listed_upload(const storage::Row& row, const std::string& bucket) {
  Upload upload;
  upload.bucket = bucket;
  upload.key = row.text(0);
  upload.id = row.text(1);
  upload.initiated = {row.integer(2)};
  upload.algorithm = parse_checksum_algorithm(row.view(3));
  upload.checksum_type = row.integer(4) != 0 ? ChecksumType::kComposite : ChecksumType::kFullObject;
  return upload;
}

}  // namespace

// Each round scans keys until the page is full, the keys end, or a common prefix begins: then the
// next round starts behind all keys of that prefix, however many there are.
Result<ListPage> ObjectStore::list(const ListQuery& query) const {
  ASSIGN_OR_RETURN(const std::int64_t bucket, bucket_id(store_.metadata(), query.bucket));
  ListPage page;
  if (query.max_keys == 0) return page;
  const storage::SqlValue end = upper_bound(query.prefix);
  std::optional<Position> from = first_position(query.prefix, query.delimiter, query.after);
  while (from && !page.truncated) {
    const Position start = *std::exchange(from, std::nullopt);
    RETURN_IF_ERROR(store_.metadata().query(
        start.inclusive
            ? "SELECT key, size, etag, modified_ms, checksum_algorithm, checksum, composite, parts"
              " FROM objects WHERE bucket=?1 AND key>=?2 AND key<?3 ORDER BY key"
            : "SELECT key, size, etag, modified_ms, checksum_algorithm, checksum, composite, parts"
              " FROM objects WHERE bucket=?1 AND key>?2 AND key<?3 ORDER BY key",
        {bucket, start.key, end}, [&](const storage::Row& row) {
          if (page.objects.size() + page.common_prefixes.size() == query.max_keys) {
            page.truncated = true;
            return false;
          }
          const std::string_view rolled_up =
              common_prefix(row.view(0), query.prefix, query.delimiter);
          if (rolled_up.empty()) {
            page.next = page.objects.emplace_back(listed_object(row)).key;
            return true;
          }
          page.next = page.common_prefixes.emplace_back(rolled_up);
          if (auto next = behind(page.next)) from = Position{std::move(*next), true};
          return false;
        }));
  }
  return page;
}

Result<UploadPage> ObjectStore::uploads(const std::string& bucket_name, const std::string& prefix,
                                        const std::string& delimiter, const std::string& key_marker,
                                        const std::string& id_marker,
                                        std::size_t max_uploads) const {
  ASSIGN_OR_RETURN(const std::int64_t bucket, bucket_id(store_.metadata(), bucket_name));
  UploadPage page;
  if (max_uploads == 0) return page;
  const storage::SqlValue end = upper_bound(prefix);
  std::optional<Position> from = first_position(prefix, delimiter, key_marker);
  // Uploads of the marked key itself follow only behind a marked id.
  const bool within_key = from && !from->inclusive && !id_marker.empty();
  storage::SqlValue id = within_key ? storage::SqlValue{id_marker} : storage::SqlValue{Bytes{}};
  while (from && !page.truncated) {
    const Position start = *std::exchange(from, std::nullopt);
    if (start.inclusive) id = std::string();
    RETURN_IF_ERROR(store_.metadata().query(
        "SELECT key, id, initiated_ms, checksum_algorithm, composite FROM uploads"
        " WHERE bucket=?1 AND (key, id) > (?2, ?3) AND key<?4 ORDER BY key, id",
        {bucket, start.key, id, end}, [&](const storage::Row& row) {
          if (page.uploads.size() + page.common_prefixes.size() == max_uploads) {
            page.truncated = true;
            return false;
          }
          const std::string_view rolled_up = common_prefix(row.view(0), prefix, delimiter);
          if (rolled_up.empty()) {
            page.uploads.push_back(listed_upload(row, bucket_name));
            return true;
          }
          page.common_prefixes.emplace_back(rolled_up);
          if (auto next = behind(page.common_prefixes.back())) {
            from = Position{std::move(*next), true};
          }
          return false;
        }));
  }
  return page;
}

}  // namespace headrace::objects
