// Records sealed at rest: the data keys of a stream, which seal its records, and the key ring,
// which wraps the data keys; bytes in docs/formats/sealing.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/aes_gcm.h"
#include "base/error.h"
#include "base/mutex.h"
#include "base/random.h"
#include "storage/record.h"

namespace headrace::streams {

// Keys that never leave the place where they are kept: data keys are brought there to be wrapped.
// The functions are thread-safe and may block.
struct KeyRing {
  struct Use {
    std::string key_id;  // as the user named it, in the stream's account and region
    std::string account;
    std::string region;
    std::string stream_arn;  // what was wrapped for one stream unwraps for no other
  };
  // kKeyNotFound: there is no such key, or it is gone.
  std::function<Result<std::string>(const Use& use, std::string_view data_key)> wrap;
  // The same, and kKeyRefused: this key did not wrap that.
  std::function<Result<std::string>(const Use& use, std::string_view wrapped)> unwrap;
};

// One data key in the clear. Thread-safe.
class DataKey {
 public:
  // How many random nonces a key is good for (NIST SP 800-38D, 8.3).
  static constexpr std::uint64_t kRecordsMax = 1ULL << 32;

  DataKey(std::uint64_t stream, storage::Mark number, std::string secret);
  ~DataKey();
  DataKey(const DataKey&) = delete;
  DataKey& operator=(const DataKey&) = delete;

  storage::Mark number() const { return number_; }
  // Counts records that are about to be sealed; false when it is too late for so many.
  bool reserve(std::size_t records);
  // The same records sealed and marked, without lanes.
  std::shared_ptr<storage::RecordBatch> seal(const storage::RecordBatch& records, Random& random);
  class Opener;

 private:
  // A cipher from the idle ones while it is used.
  class Lease {
   public:
    explicit Lease(DataKey& key);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    AesGcm& operator*() const { return *cipher_; }

   private:
    DataKey& key_;
    std::unique_ptr<AesGcm> cipher_;
  };

  // What is bound to each record before its partition key.
  std::string bound() const;

  const std::uint64_t stream_;
  const storage::Mark number_;
  std::string secret_;
  std::atomic<std::uint64_t> sealed_ = 0;
  Mutex mutex_;
  std::vector<std::unique_ptr<AesGcm>> idle_ GUARDED_BY(mutex_);
};

// Opens records one after the other, for one thread.
class DataKey::Opener {
 public:
  explicit Opener(DataKey& key) : cipher_(key), bound_(key.bound()), prefix_(bound_.size()) {}
  // Writes record.data.size() - AesGcm::kOverhead bytes; false when it is damaged.
  bool open(const storage::RecordView& record, char* into);

 private:
  const Lease cipher_;
  std::string bound_;
  const std::size_t prefix_;
};

// A data key as the database has it.
struct DataKeyRow {
  storage::Mark number = 0;
  std::string key_id;
  std::int64_t created_ms = 0;
  std::string wrapped;
};

// Every data key of a stream. The newest seals, if this process made it: how much others were used
// is not known. Thread-safe; a stream has one.
class DataKeys {
 public:
  struct Made {
    DataKeyRow row;
    std::shared_ptr<DataKey> key;
    std::vector<storage::Mark> outlived;  // keys that no record needs any more
  };
  // What a stream knows of its records, in ms. No record arrived after `newest`, nor after `now`
  // unless a clock was set back; those that arrived before `not_before` are read no more.
  struct Ages {
    std::int64_t now = 0;
    std::int64_t newest = 0;
    std::int64_t not_before = 0;
  };
  // What to do with a record that does not open.
  using Lost = std::function<void(const storage::RecordView& record)>;

  // `stream` names the stream to the key ring; its key_id is not used.
  DataKeys(std::uint64_t id, KeyRing::Use stream, std::vector<DataKeyRow> rows,
           const KeyRing& key_ring, Random& random);

  // The key to seal `records` more records with; null: make one.
  std::shared_ptr<DataKey> current(std::size_t records) const EXCLUDES(mutex_);
  // A key that seals nothing before its row is durable and use() is called. What check_newest()
  // says when the newest cannot be had: what wraps now may not be what wrapped that. May block.
  Result<Made> make(const std::string& key_id, const Ages& ages) EXCLUDES(mutex_);
  void use(Made made) EXCLUDES(mutex_);
  // Keys that no record needs any more; and the end of them, once their rows are gone.
  std::vector<storage::Mark> outlived(const Ages& ages) const EXCLUDES(mutex_);
  void forget(const std::vector<storage::Mark>& numbers) EXCLUDES(mutex_);
  // Whether the newest key, if there is one that a record may need, can be had. May block.
  Status check_newest(const Ages& ages) EXCLUDES(mutex_);

  // Whether open() of that would not ask the key ring.
  bool has_keys_of(const storage::Slice& slice) const EXCLUDES(mutex_);
  // The slice with data in the clear; marks stay. A record that is damaged goes to `lost` and is
  // left out. kKeyNotFound, kKeyRefused: a key that wrapped a data key is not to be had.
  Result<storage::Slice> open(storage::Slice slice, const Lost& lost) EXCLUDES(mutex_);

 private:
  // Null: there is none of that number.
  Result<std::shared_ptr<DataKey>> find(storage::Mark number) EXCLUDES(mutex_);
  std::vector<storage::Mark> outlived_now(const Ages& ages) const REQUIRES(mutex_);
  KeyRing::Use use_of(const std::string& key_id) const;

  const std::uint64_t id_;
  const KeyRing::Use stream_;
  const KeyRing& key_ring_;
  Random& random_;
  mutable Mutex mutex_;
  std::map<storage::Mark, DataKeyRow> rows_ GUARDED_BY(mutex_);
  std::map<storage::Mark, std::shared_ptr<DataKey>> opened_ GUARDED_BY(mutex_);
  std::shared_ptr<DataKey> current_ GUARDED_BY(mutex_);
  storage::Mark last_ GUARDED_BY(mutex_) = 0;            // number that was given to one
  std::int64_t last_ms_ GUARDED_BY(mutex_) = INT64_MIN;  // and its time
};

}  // namespace headrace::streams
