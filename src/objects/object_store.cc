#include "objects/object_store.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/hex.h"
#include "objects/ingest.h"
#include "objects/write.h"
#include "storage/commit.h"

namespace headrace::objects {

namespace asio = boost::asio;

storage::Schema schema() {
  return {
      .domain = "objects",
      .versions = {
          // Keys are TEXT under the BINARY collation: ordered by their UTF-8 bytes.
          "CREATE TABLE buckets(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,"
          "  account TEXT NOT NULL, region TEXT NOT NULL, created_ms INTEGER NOT NULL);"
          "CREATE TABLE objects(bucket INTEGER NOT NULL, key TEXT NOT NULL, size INTEGER NOT NULL,"
          "  etag TEXT NOT NULL, modified_ms INTEGER NOT NULL, checksum_algorithm TEXT,"
          "  checksum BLOB, composite INTEGER, parts INTEGER NOT NULL, attributes BLOB,"
          "  extents BLOB NOT NULL, PRIMARY KEY(bucket, key)) WITHOUT ROWID;"
          "CREATE TABLE uploads(bucket INTEGER NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL,"
          "  initiated_ms INTEGER NOT NULL, attributes BLOB, checksum_algorithm TEXT,"
          "  composite INTEGER NOT NULL, changes INTEGER NOT NULL,"
          "  PRIMARY KEY(bucket, key, id)) WITHOUT ROWID;"
          "CREATE TABLE parts(upload TEXT NOT NULL, number INTEGER NOT NULL,"
          "  size INTEGER NOT NULL, etag TEXT NOT NULL, modified_ms INTEGER NOT NULL,"
          "  checksum_algorithm TEXT, checksum BLOB, composite INTEGER, extents BLOB NOT NULL,"
          "  PRIMARY KEY(upload, number)) WITHOUT ROWID"}};
}

ObjectStore::ObjectStore(storage::Store& store, Clock& clock, Random& random,
                         io::BlockingPool& pool)
    : store_(store), clock_(clock), random_(random), pool_(pool) {}

asio::awaitable<Status> ObjectStore::create_bucket(Bucket bucket) {
  CO_RETURN_IF_ERROR(check_bucket_name(bucket.name));
  Write write;
  write.guard(
      "INSERT OR IGNORE INTO buckets(name, account, region, created_ms) VALUES(?1, ?2, ?3, ?4)",
      {bucket.name, bucket.account, bucket.region, clock_.wall_now().ms},
      {ErrorCode::kBucketAlreadyExists,
       "The requested bucket name is not available. The bucket namespace is shared by all users of "
       "the system. Please select a different name and try again."});
  const Status created = write.outcome(co_await storage::commit(store_, std::move(write.entry)));
  if (created || created.error().code != ErrorCode::kBucketAlreadyExists) co_return created;
  const auto there = this->bucket(bucket.name);
  if (there && there->account == bucket.account) {
    co_return fail(ErrorCode::kBucketAlreadyOwned,
                   "Your previous request to create the named bucket succeeded and you already own "
                   "it.");
  }
  co_return created;
}

asio::awaitable<Status> ObjectStore::delete_bucket(std::string name) {
  CO_RETURN_IF_ERROR(bucket(name));
  Write write;
  const std::string uploads =
      "upload IN (SELECT id FROM uploads WHERE bucket=(SELECT id FROM buckets WHERE name=?1))";
  write.add("INSERT INTO garbage(extents) SELECT extents FROM parts WHERE size > 0 AND " + uploads,
            {name});
  write.add("DELETE FROM parts WHERE " + uploads, {name});
  write.add("DELETE FROM uploads WHERE bucket=(SELECT id FROM buckets WHERE name=?1)", {name});
  write.guard(
      "DELETE FROM buckets WHERE name=?1 AND NOT EXISTS "
      "(SELECT 1 FROM objects WHERE bucket=buckets.id)",
      {name}, {ErrorCode::kBucketNotEmpty, "The bucket you tried to delete is not empty"});
  const Status deleted = write.outcome(co_await storage::commit(store_, std::move(write.entry)));
  if (!deleted && deleted.error().code == ErrorCode::kBucketNotEmpty) {
    CO_RETURN_IF_ERROR(bucket(name));
  }
  co_return deleted;
}

Result<Bucket> ObjectStore::bucket(const std::string& name) const {
  std::optional<Bucket> found;
  RETURN_IF_ERROR(
      store_.metadata().query("SELECT account, region, created_ms FROM buckets WHERE name=?1",
                              {name}, [&](const storage::Row& row) {
                                found = Bucket{row.text(0), row.text(1), name, {row.integer(2)}};
                                return false;
                              }));
  if (!found) return std::unexpected(no_such_bucket());
  return *found;
}

Result<std::vector<Bucket>> ObjectStore::buckets(const std::string& account) const {
  std::vector<Bucket> found;
  RETURN_IF_ERROR(store_.metadata().query(
      "SELECT account, region, name, created_ms FROM buckets WHERE account=?1 ORDER BY name",
      {account}, [&](const storage::Row& row) {
        found.push_back({row.text(0), row.text(1), row.text(2), {row.integer(3)}});
        return true;
      }));
  return found;
}

Ingest ObjectStore::ingest() {
  return Ingest(std::make_unique<Ingest::State>(store_.blobs(), pool_));
}

void ObjectStore::Write::put_object(const std::string& bucket, const WriteConditions& conditions) {
  const bool conditional = conditions.if_match || conditions.if_none_match;
  const std::string this_object = "bucket=(SELECT id FROM buckets WHERE name=?1) AND key=?2";
  if (conditional) {
    guard("UPDATE buckets SET created_ms=created_ms WHERE name=?1", {bucket}, no_such_bucket());
  }
  if (conditions.if_none_match) {
    guard(
        "UPDATE buckets SET created_ms=created_ms WHERE name=?1 AND NOT EXISTS "
        "(SELECT 1 FROM objects WHERE bucket=buckets.id AND key=?2)",
        {bucket, object.key}, precondition_failed());
  }
  if (conditions.if_match) {
    guard("UPDATE objects SET etag=etag WHERE " + this_object, {bucket, object.key}, no_such_key());
    guard("UPDATE objects SET etag=etag WHERE " + this_object + " AND etag=?3",
          {bucket, object.key, *conditions.if_match}, precondition_failed());
  }
  add(kFreeObject, {bucket, object.key});
  std::vector<storage::SqlValue> values = {bucket, object.key, integer_value(object.size),
                                           object.etag, object.modified.ms};
  add_checksum(values, object.checksum);
  values.emplace_back(integer_value(object.parts));
  values.push_back(encode_attributes(object.attributes));
  values.emplace_back(Bytes(storage::encode_extents(object.extents)));
  guard(
      "INSERT OR REPLACE INTO objects SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 "
      "FROM buckets WHERE name=?1",
      std::move(values), no_such_bucket());
}

Result<ObjectStore::Write> ObjectStore::prepare_put(const std::string& bucket,
                                                    const std::string& key, Ingest& ingest,
                                                    Attributes attributes,
                                                    std::optional<Checksum> checksum,
                                                    const WriteConditions& conditions) {
  RETURN_IF_ERROR(check_key(key));
  // Refused here, a missing bucket costs no write; the guard decides all the same.
  RETURN_IF_ERROR(this->bucket(bucket));
  Write write;
  write.object.key = key;
  write.object.size = ingest.size();
  write.object.etag = to_hex(ingest.md5());
  write.object.modified = clock_.wall_now();
  write.object.attributes = std::move(attributes);
  write.object.checksum = std::move(checksum);
  write.object.extents = carry(ingest, store_.blobs(), write.entry);
  write.put_object(bucket, conditions);
  return write;
}

asio::awaitable<Result<Object>> ObjectStore::put(std::string bucket, std::string key,
                                                 Ingest& ingest, Attributes attributes,
                                                 std::optional<Checksum> checksum,
                                                 WriteConditions conditions) {
  auto write =
      prepare_put(bucket, key, ingest, std::move(attributes), std::move(checksum), conditions);
  if (!write) co_return std::unexpected(write.error());
  begin_commit(ingest);
  const Status put = write->outcome(co_await storage::commit(store_, std::move(write->entry)));
  end_commit(ingest, put.has_value());
  if (!put) co_return std::unexpected(put.error());
  co_return std::move(write->object);
}

Result<Object> ObjectStore::put_blocking(const std::string& bucket, const std::string& key,
                                         Ingest& ingest, Attributes attributes,
                                         std::vector<storage::Mutation> with) {
  ASSIGN_OR_RETURN(Write write,
                   prepare_put(bucket, key, ingest, std::move(attributes), std::nullopt, {}));
  for (storage::Mutation& mutation : with) write.entry.mutations.push_back(std::move(mutation));
  begin_commit(ingest);
  const Status put = write.outcome(store_.submit_and_wait(std::move(write.entry)));
  end_commit(ingest, put.has_value());
  if (!put) return std::unexpected(put.error());
  return std::move(write.object);
}

asio::awaitable<Status> ObjectStore::remove(std::string bucket, std::string key,
                                            std::optional<std::string> if_match) {
  CO_RETURN_IF_ERROR(this->bucket(bucket));
  Write write;
  const std::string this_object = "bucket=(SELECT id FROM buckets WHERE name=?1) AND key=?2";
  if (if_match) {
    write.guard(
        "UPDATE objects SET etag=etag WHERE " + this_object + " AND (?3 = '*' OR etag = ?3)",
        {bucket, key, *if_match}, precondition_failed());
  }
  write.add(kFreeObject, {bucket, key});
  write.add("DELETE FROM objects WHERE " + this_object, {bucket, key});
  co_return write.outcome(co_await storage::commit(store_, std::move(write.entry)));
}

asio::awaitable<Status> ObjectStore::remove_many(std::string bucket,
                                                 std::vector<std::string> keys) {
  CO_RETURN_IF_ERROR(this->bucket(bucket));
  Write write;
  for (const std::string& key : keys) {
    write.add(kFreeObject, {bucket, key});
    write.add("DELETE FROM objects WHERE bucket=(SELECT id FROM buckets WHERE name=?1) AND key=?2",
              {bucket, key});
  }
  if (keys.empty()) co_return Status{};
  co_return write.outcome(co_await storage::commit(store_, std::move(write.entry)));
}

Result<Object> ObjectStore::find(const std::string& bucket, const std::string& key) const {
  Object object;
  object.key = key;
  object.pin = store_.blobs().pin();
  bool found = false;
  Status parsed;
  RETURN_IF_ERROR(store_.metadata().query(
      "SELECT size, etag, modified_ms, checksum_algorithm, checksum, composite, parts, attributes,"
      " extents FROM objects WHERE bucket=(SELECT id FROM buckets WHERE name=?1) AND key=?2",
      {bucket, key}, [&](const storage::Row& row) {
        found = true;
        object.size = static_cast<std::uint64_t>(row.integer(0));
        object.etag = row.text(1);
        object.modified = {row.integer(2)};
        object.checksum = read_checksum(row, 3);
        object.parts = static_cast<std::uint32_t>(row.integer(6));
        auto attributes = decode_attributes(row.view(7));
        auto extents = storage::decode_extents(row.view(8));
        if (attributes) object.attributes = std::move(*attributes);
        if (!attributes) parsed = std::unexpected(attributes.error());
        if (extents) object.extents = std::move(*extents);
        if (!extents) parsed = std::unexpected(extents.error());
        return false;
      }));
  RETURN_IF_ERROR(parsed);
  if (found) return object;
  RETURN_IF_ERROR(this->bucket(bucket));
  return std::unexpected(no_such_key());
}

namespace {

Result<std::string> read_range(storage::BlobStore& blobs, const Object& object,
                               std::uint64_t offset, std::size_t size) {
  CHECK(offset <= object.size && size <= object.size - offset);
  std::string bytes;
  std::uint64_t start = 0;  // of the extent in the object
  for (const storage::Extent& extent : object.extents) {
    const std::uint64_t end = start + extent.size;
    if (end > offset && bytes.size() < size) {
      const std::uint64_t from = std::max(offset, start) - start;
      const auto wanted = static_cast<std::size_t>(
          std::min<std::uint64_t>(extent.size - from, size - bytes.size()));
      ASSIGN_OR_RETURN(std::string piece, blobs.read(extent, from, wanted));
      if (bytes.empty()) {
        bytes = std::move(piece);
      } else {
        bytes += piece;
      }
    }
    start = end;
  }
  if (bytes.size() == size) return bytes;
  return fail(ErrorCode::kCorruption, "object " + object.key + " has fewer bytes than its size");
}

}  // namespace

asio::awaitable<Result<std::string>> ObjectStore::read(std::shared_ptr<const Object> object,
                                                       std::uint64_t offset,
                                                       std::size_t size) const {
  storage::BlobStore* const blobs = &store_.blobs();
  co_return co_await pool_.run([blobs, object = std::move(object), offset, size] {
    return read_range(*blobs, *object, offset, size);
  });
}

}  // namespace headrace::objects
