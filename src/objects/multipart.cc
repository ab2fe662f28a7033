// Multipart uploads: parts are objects in waiting, and completing joins their extents.
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <map>
#include <utility>

#include "base/hex.h"
#include "objects/ingest.h"
#include "objects/object_store.h"
#include "objects/write.h"
#include "storage/commit.h"

namespace headrace::objects {

namespace asio = boost::asio;

namespace {

// A part that arrives while its upload is completed makes the completion begin anew.
constexpr int kCompleteAttemptsMax = 10;

constexpr const char* kThisUpload =
    "bucket=(SELECT id FROM buckets WHERE name=?1) AND key=?2 AND id=?3";

struct StoredPart {
  Part part;
  std::vector<storage::Extent> extents;
};

struct StoredUpload {
  Upload upload;
  std::int64_t changes = 0;
};

Result<StoredUpload> load_upload(storage::Metadata& metadata, const std::string& bucket,
                                 const std::string& key, const std::string& id) {
  std::optional<StoredUpload> found;
  Status parsed;
  RETURN_IF_ERROR(metadata.query(
      std::string("SELECT initiated_ms, attributes, checksum_algorithm, composite, changes FROM "
                  "uploads WHERE ") +
          kThisUpload,
      {bucket, key, id}, [&](const storage::Row& row) {
        auto attributes = decode_attributes(row.view(1));
        if (!attributes) {
          parsed = std::unexpected(attributes.error());
          return false;
        }
        StoredUpload& stored = found.emplace();
        stored.upload = {
            bucket,
            key,
            id,
            {row.integer(0)},
            std::move(*attributes),
            parse_checksum_algorithm(row.view(2)),
            row.integer(3) != 0 ? ChecksumType::kComposite : ChecksumType::kFullObject};
        stored.changes = row.integer(4);
        return false;
      }));
  RETURN_IF_ERROR(parsed);
  if (!found) return std::unexpected(no_such_upload());
  return std::move(*found);
}

Result<std::map<std::uint32_t, StoredPart>> load_parts(storage::Metadata& metadata,
                                                       const std::string& upload_id) {
  std::map<std::uint32_t, StoredPart> parts;
  Status parsed;
  RETURN_IF_ERROR(metadata.query(
      "SELECT number, size, etag, modified_ms, checksum_algorithm, checksum, composite, extents "
      "FROM parts WHERE upload=?1",
      {upload_id}, [&](const storage::Row& row) {
        auto extents = storage::decode_extents(row.view(7));
        if (!extents) {
          parsed = std::unexpected(extents.error());
          return false;
        }
        const auto number = static_cast<std::uint32_t>(row.integer(0));
        parts[number] = {{number,
                          static_cast<std::uint64_t>(row.integer(1)),
                          row.text(2),
                          {row.integer(3)},
                          read_checksum(row, 4)},
                         std::move(*extents)};
        return true;
      }));
  RETURN_IF_ERROR(parsed);
  return parts;
}

Error invalid_part() {
  return {ErrorCode::kInvalidPart,
          "One or more of the specified parts could not be found.  The part may not have been "
          "uploaded, or the specified entity tag may not match the part's entity tag."};
}

// The stored parts that the client lists, in its order.
Result<std::vector<const StoredPart*>> choose_parts(
    const std::map<std::uint32_t, StoredPart>& stored, const std::vector<Part>& listed) {
  if (listed.empty()) {
    return fail(
        ErrorCode::kMalformedDocument,
        "The XML you provided was not well-formed or did not validate against our published "
        "schema");
  }
  std::vector<const StoredPart*> chosen;
  for (const Part& part : listed) {
    if (!chosen.empty() && part.number <= chosen.back()->part.number) {
      return fail(ErrorCode::kInvalidPartOrder,
                  "The list of parts was not in ascending order. Parts must be ordered by part "
                  "number.");
    }
    const auto found = stored.find(part.number);
    if (found == stored.end() || found->second.part.etag != part.etag ||
        (part.checksum && (!found->second.part.checksum ||
                           part.checksum->value != found->second.part.checksum->value))) {
      return std::unexpected(invalid_part());
    }
    chosen.push_back(&found->second);
  }
  for (std::size_t i = 0; i + 1 < chosen.size(); ++i) {
    if (chosen[i]->part.size < ObjectStore::kPartBytesMin) {
      return fail(ErrorCode::kEntityTooSmall,
                  "Your proposed upload is smaller than the minimum allowed size");
    }
  }
  return chosen;
}

Result<std::optional<Checksum>> joined_checksum(const Upload& upload,
                                                const std::vector<const StoredPart*>& parts) {
  if (!upload.algorithm) return std::optional<Checksum>();
  std::string joined;
  bool first = true;
  for (const StoredPart* stored : parts) {
    const auto& checksum = stored->part.checksum;
    if (!checksum || checksum->algorithm != *upload.algorithm) {
      return std::unexpected(invalid_part());
    }
    if (upload.checksum_type == ChecksumType::kComposite) {
      joined += checksum->value;
    } else {
      joined = first ? checksum->value
                     : combine(*upload.algorithm, joined, checksum->value, stored->part.size);
    }
    first = false;
  }
  if (upload.checksum_type == ChecksumType::kComposite) {
    joined = checksum_of(*upload.algorithm, joined);
  }
  return Checksum{*upload.algorithm, std::move(joined), upload.checksum_type};
}

// The MD5 of the parts' MD5s, and how many they are.
std::string joined_etag(const std::vector<const StoredPart*>& parts) {
  Md5 md5;
  for (const StoredPart* stored : parts) md5.update(from_hex(stored->part.etag).value_or(""));
  return to_hex(md5.finish()) + "-" + std::to_string(parts.size());
}

}  // namespace

asio::awaitable<Result<Upload>> ObjectStore::create_upload(Upload upload) {
  CO_RETURN_IF_ERROR(check_key(upload.key));
  upload.initiated = clock_.wall_now();
  // Ids in the order of time: uploads of one key are listed by id.
  char time[32];
  std::snprintf(time, sizeof time, "%012" PRIx64, static_cast<std::uint64_t>(upload.initiated.ms));
  upload.id = time + random_.hex(16);
  Write write;
  write.guard("INSERT INTO uploads SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, 0 FROM buckets WHERE name=?1",
              {upload.bucket, upload.key, upload.id, upload.initiated.ms,
               encode_attributes(upload.attributes),
               upload.algorithm ? storage::SqlValue{std::string(name(*upload.algorithm))}
                                : storage::SqlValue{},
               std::int64_t{upload.checksum_type == ChecksumType::kComposite}},
              no_such_bucket());
  const Status made = write.outcome(co_await storage::commit(store_, std::move(write.entry)));
  if (!made) co_return std::unexpected(made.error());
  co_return upload;
}

Result<Upload> ObjectStore::upload(const std::string& bucket, const std::string& key,
                                   const std::string& id) const {
  auto stored = load_upload(store_.metadata(), bucket, key, id);
  if (stored) return std::move(stored->upload);
  RETURN_IF_ERROR(this->bucket(bucket));
  return std::unexpected(stored.error());
}

asio::awaitable<Result<Part>> ObjectStore::put_part(std::string bucket, std::string key,
                                                    std::string upload_id, std::uint32_t number,
                                                    Ingest& ingest,
                                                    std::optional<Checksum> checksum) {
  if (number < 1 || number > kPartsMax) {
    co_return fail(ErrorCode::kInvalidArgument,
                   "Part number must be an integer between 1 and 10000, inclusive");
  }
  Part part{number, ingest.size(), to_hex(ingest.md5()), clock_.wall_now(), std::move(checksum)};
  Write write;
  write.guard(std::string("UPDATE uploads SET changes=changes+1 WHERE ") + kThisUpload,
              {bucket, key, upload_id}, no_such_upload());
  write.add(
      "INSERT INTO garbage(extents) SELECT extents FROM parts WHERE upload=?1 AND number=?2 AND "
      "size > 0",
      {upload_id, std::int64_t{number}});
  std::vector<storage::SqlValue> values = {upload_id, std::int64_t{number},
                                           integer_value(part.size), part.etag, part.modified.ms};
  add_checksum(values, part.checksum);
  values.emplace_back(Bytes(storage::encode_extents(carry(ingest, store_.blobs(), write.entry))));
  write.add("INSERT OR REPLACE INTO parts VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            std::move(values));
  begin_commit(ingest);
  const Status put = write.outcome(co_await storage::commit(store_, std::move(write.entry)));
  end_commit(ingest, put.has_value());
  if (!put) {
    CO_RETURN_IF_ERROR(this->bucket(bucket));
    co_return std::unexpected(put.error());
  }
  co_return part;
}

Result<std::vector<Part>> ObjectStore::parts(const std::string& bucket, const std::string& key,
                                             const std::string& upload_id) const {
  RETURN_IF_ERROR(upload(bucket, key, upload_id));
  ASSIGN_OR_RETURN(auto stored, load_parts(store_.metadata(), upload_id));
  std::vector<Part> parts;
  parts.reserve(stored.size());
  for (auto& [number, part] : stored) parts.push_back(std::move(part.part));
  return parts;
}

// The upload goes only as it was read: a part that arrived meanwhile has counted its changes up.
Result<ObjectStore::Write> ObjectStore::prepare_complete(const std::string& bucket,
                                                         const std::string& key,
                                                         const std::string& upload_id,
                                                         const std::vector<Part>& parts,
                                                         const WriteConditions& conditions) {
  auto stored = load_upload(store_.metadata(), bucket, key, upload_id);
  if (!stored) {
    RETURN_IF_ERROR(this->bucket(bucket));
    return std::unexpected(stored.error());
  }
  ASSIGN_OR_RETURN(const auto stored_parts, load_parts(store_.metadata(), upload_id));
  ASSIGN_OR_RETURN(const auto chosen, choose_parts(stored_parts, parts));
  Write write;
  Object& object = write.object;
  object.key = key;
  object.etag = joined_etag(chosen);
  object.modified = clock_.wall_now();
  object.attributes = stored->upload.attributes;
  object.parts = static_cast<std::uint32_t>(chosen.size());
  ASSIGN_OR_RETURN(object.checksum, joined_checksum(stored->upload, chosen));
  std::string kept(kPartsMax, '0');  // by part number, from 1
  for (const StoredPart* part : chosen) {
    object.size += part->part.size;
    object.extents.insert(object.extents.end(), part->extents.begin(), part->extents.end());
    kept[part->part.number - 1] = '1';
  }
  write.guard(std::string("DELETE FROM uploads WHERE ") + kThisUpload + " AND changes=?4",
              {bucket, key, upload_id, stored->changes},
              {ErrorCode::kUnavailable, "The upload changes while it is completed; try again."});
  write.add(
      "INSERT INTO garbage(extents) SELECT extents FROM parts WHERE upload=?1 AND size > 0 AND "
      "substr(?2, number, 1) = x'30'",
      {upload_id, Bytes(std::move(kept))});
  write.add("DELETE FROM parts WHERE upload=?1", {upload_id});
  write.put_object(bucket, conditions);
  return write;
}

asio::awaitable<Result<Object>> ObjectStore::complete_upload(std::string bucket, std::string key,
                                                             std::string upload_id,
                                                             std::vector<Part> parts,
                                                             WriteConditions conditions) {
  for (int attempt = 1;; ++attempt) {
    auto write = prepare_complete(bucket, key, upload_id, parts, conditions);
    if (!write) co_return std::unexpected(write.error());
    const Result<storage::Committed> committed =
        co_await storage::commit(store_, std::move(write->entry));
    const bool changed = committed && committed->refused_by == 0U;
    if (changed && attempt < kCompleteAttemptsMax) continue;
    const Status completed = write->outcome(committed);
    if (!completed) co_return std::unexpected(completed.error());
    co_return std::move(write->object);
  }
}

asio::awaitable<Status> ObjectStore::abort_upload(std::string bucket, std::string key,
                                                  std::string upload_id) {
  Write write;
  write.guard(std::string("DELETE FROM uploads WHERE ") + kThisUpload, {bucket, key, upload_id},
              no_such_upload());
  write.add("INSERT INTO garbage(extents) SELECT extents FROM parts WHERE upload=?1 AND size > 0",
            {upload_id});
  write.add("DELETE FROM parts WHERE upload=?1", {upload_id});
  const Status aborted = write.outcome(co_await storage::commit(store_, std::move(write.entry)));
  if (!aborted && aborted.error().code == ErrorCode::kNoSuchUpload) {
    CO_RETURN_IF_ERROR(this->bucket(bucket));
  }
  co_return aborted;
}

}  // namespace headrace::objects
