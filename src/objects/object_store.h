// Buckets and objects: the embedded object store.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "io/blocking_pool.h"
#include "objects/checksum.h"
#include "storage/store.h"

namespace headrace::objects {

storage::Schema schema();

struct Bucket {
  std::string account;
  std::string region;
  std::string name;
  WallTime created{};
};

// What the caller says about an object and gets back as it was.
struct Attributes {
  std::string content_type;  // empty: none given
  std::string content_encoding;
  std::string content_disposition;
  std::string content_language;
  std::string cache_control;
  std::string expires;
  std::map<std::string, std::string> user_metadata;  // names in lower case, without x-amz-meta-
  bool operator==(const Attributes&) const = default;
};

struct Object {
  std::string key;
  std::uint64_t size = 0;
  std::string etag;  // 32 hexadecimal digits, "-N" behind them for N parts; without quotes
  WallTime modified{};
  Attributes attributes;
  std::optional<Checksum> checksum;
  std::uint32_t parts = 0;  // 0: not a multipart object
  std::vector<storage::Extent> extents;
  // From find(): while it lives, replacing or deleting the object does not take its bytes away, nor
  // those of anything deleted since. Keep it as long as bytes are read, not longer.
  std::shared_ptr<const void> pin;
};

// Conditions on the object that a write replaces: kPreconditionFailed, and kNoSuchKey for if_match
// on a key that has no object.
struct WriteConditions {
  std::optional<std::string> if_match;  // an ETag without quotes
  bool if_none_match = false;           // "*": no object may be there
};

struct ListQuery {
  std::string bucket;
  std::string prefix;
  std::string delimiter;
  std::string after;  // keys and common prefixes up to and including this one are left out
  std::size_t max_keys = 1000;
};

struct ListPage {
  std::vector<Object> objects;  // without attributes and extents
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  std::string next;  // `after` of the next page: the last key or common prefix of this one
};

struct Upload {
  std::string bucket;
  std::string key;
  std::string id;
  WallTime initiated{};
  Attributes attributes;
  std::optional<ChecksumAlgorithm> algorithm;  // its parts need checksums of it
  ChecksumType checksum_type = ChecksumType::kComposite;
};

struct Part {
  std::uint32_t number = 0;  // 1..10,000
  std::uint64_t size = 0;
  std::string etag;
  WallTime modified{};
  std::optional<Checksum> checksum;
};

struct UploadPage {
  std::vector<Upload> uploads;
  std::vector<std::string> common_prefixes;
  bool truncated = false;
};

// Bytes on their way into the store: up to storage::kInlineBlobBytesMax in memory, beyond that in a
// blob file. Holds no more than one piece in memory. One coroutine (or one blocking thread) at a
// time. Dropped without a commit it leaves nothing behind.
class Ingest {
 public:
  struct State;
  explicit Ingest(std::unique_ptr<State> state);
  Ingest(Ingest&&) noexcept;
  Ingest& operator=(Ingest&&) noexcept;
  ~Ingest();

  // Asks for a checksum to be computed beside MD5 (any number of algorithms). Before append().
  void compute(ChecksumAlgorithm algorithm);
  boost::asio::awaitable<Status> append(std::string_view bytes);
  Status append_blocking(std::string_view bytes);
  // Ends the bytes; digests are then known. Once.
  boost::asio::awaitable<Status> finish();
  Status finish_blocking();

  std::uint64_t size() const;
  std::string md5() const;                                  // 16 bytes; after finish()
  std::string checksum(ChecksumAlgorithm algorithm) const;  // raw bytes; after finish()

  State& state() { return *state_; }  // for ObjectStore

 private:
  std::unique_ptr<State> state_;
};

// Thread-safe. Names of buckets are unique over all accounts, as on AWS. Everything that changes
// something is durable when it returns.
class ObjectStore {
 public:
  static constexpr std::uint64_t kPartBytesMin = 5ULL << 20;
  static constexpr std::uint64_t kPutBytesMax = 5ULL << 30;
  static constexpr std::uint32_t kPartsMax = 10'000;
  static constexpr std::size_t kKeyBytesMax = 1024;

  ObjectStore(storage::Store& store, Clock& clock, Random& random, io::BlockingPool& pool);

  // kInvalidBucketName, kBucketAlreadyOwned (same account), kBucketAlreadyExists.
  boost::asio::awaitable<Status> create_bucket(Bucket bucket);
  // kNoSuchBucket, kBucketNotEmpty (objects; unfinished uploads do not count, they are dropped).
  boost::asio::awaitable<Status> delete_bucket(std::string name);
  Result<Bucket> bucket(const std::string& name) const;                   // kNoSuchBucket
  Result<std::vector<Bucket>> buckets(const std::string& account) const;  // by name

  // For one object or part. kDiskFull comes from append() and finish(), which may be called again
  // with the same bytes.
  Ingest ingest();

  // Makes the object from a finished ingest, replacing what is there. kNoSuchBucket,
  // kPreconditionFailed, kKeyTooLong, kDiskFull, kUnavailable (each may be tried again with the
  // same ingest). `with` is applied in the same log entry; kCancelled when a guard of it refused.
  boost::asio::awaitable<Result<Object>> put(std::string bucket, std::string key, Ingest& ingest,
                                             Attributes attributes,
                                             std::optional<Checksum> checksum,
                                             WriteConditions conditions);
  Result<Object> put_blocking(const std::string& bucket, const std::string& key, Ingest& ingest,
                              Attributes attributes, std::vector<storage::Mutation> with);

  // With attributes and extents. kNoSuchBucket, kNoSuchKey.
  Result<Object> find(const std::string& bucket, const std::string& key) const;
  // Reads [offset, offset+size) of the bytes of what find() gave; the caller asks in pieces.
  // kCorruption names the place.
  boost::asio::awaitable<Result<std::string>> read(std::shared_ptr<const Object> object,
                                                   std::uint64_t offset, std::size_t size) const;
  // Deleting what is not there succeeds. kNoSuchBucket; with if_match (an ETag without quotes, or
  // "*": any) kPreconditionFailed, also when nothing is there.
  boost::asio::awaitable<Status> remove(std::string bucket, std::string key,
                                        std::optional<std::string> if_match = std::nullopt);
  // One log entry for all of them.
  boost::asio::awaitable<Status> remove_many(std::string bucket, std::vector<std::string> keys);
  Result<ListPage> list(const ListQuery& query) const;  // kNoSuchBucket

  boost::asio::awaitable<Result<Upload>> create_upload(Upload upload);  // id and initiated are set
  Result<Upload> upload(const std::string& bucket, const std::string& key,
                        const std::string& id) const;  // kNoSuchUpload
  // kNoSuchUpload.
  boost::asio::awaitable<Result<Part>> put_part(std::string bucket, std::string key,
                                                std::string upload_id, std::uint32_t number,
                                                Ingest& ingest, std::optional<Checksum> checksum);
  // Ascending by number.
  Result<std::vector<Part>> parts(const std::string& bucket, const std::string& key,
                                  const std::string& upload_id) const;
  // `parts` as the client lists them, ETags without quotes. kInvalidPart, kInvalidPartOrder,
  // kEntityTooSmall (all but the last need kPartBytesMin), kPreconditionFailed, kNoSuchUpload. The
  // checksum is the upload's algorithm's, of the kind it was created for, from those of the parts.
  boost::asio::awaitable<Result<Object>> complete_upload(std::string bucket, std::string key,
                                                         std::string upload_id,
                                                         std::vector<Part> parts,
                                                         WriteConditions conditions);
  boost::asio::awaitable<Status> abort_upload(std::string bucket, std::string key,
                                              std::string upload_id);
  // By key, then by time; `key_marker` and `id_marker` as ListMultipartUploads has them.
  Result<UploadPage> uploads(const std::string& bucket, const std::string& prefix,
                             const std::string& delimiter, const std::string& key_marker,
                             const std::string& id_marker, std::size_t max_uploads) const;

 private:
  struct Write;  // see write.h
  Result<Write> prepare_put(const std::string& bucket, const std::string& key, Ingest& ingest,
                            Attributes attributes, std::optional<Checksum> checksum,
                            const WriteConditions& conditions);
  Result<Write> prepare_complete(const std::string& bucket, const std::string& key,
                                 const std::string& upload_id, const std::vector<Part>& parts,
                                 const WriteConditions& conditions);
  storage::Store& store_;
  Clock& clock_;
  Random& random_;
  io::BlockingPool& pool_;
};

}  // namespace headrace::objects
