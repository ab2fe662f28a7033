#include "streams/sealing.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "storage/encoding.h"

namespace headrace::streams {
namespace {

// More are made when more threads seal at once, and not kept.
constexpr std::size_t kIdleCiphersMax = 16;
// Records on their way were sealed before their arrival was noted.
constexpr std::int64_t kOnTheirWayMs = 3'600'000;

}  // namespace

DataKey::DataKey(std::uint64_t stream, storage::Mark number, std::string secret)
    : stream_(stream), number_(number), secret_(std::move(secret)) {
  CHECK(secret_.size() == AesGcm::kKeyBytes && number_ != 0);
}

DataKey::~DataKey() { OPENSSL_cleanse(secret_.data(), secret_.size()); }

DataKey::Lease::Lease(DataKey& key) : key_(key) {
  {
    MutexLock lock(key_.mutex_);
    if (!key_.idle_.empty()) {
      cipher_ = std::move(key_.idle_.back());
      key_.idle_.pop_back();
    }
  }
  if (!cipher_) cipher_ = std::make_unique<AesGcm>(key_.secret_);
}

DataKey::Lease::~Lease() {
  MutexLock lock(key_.mutex_);
  if (key_.idle_.size() < kIdleCiphersMax) key_.idle_.push_back(std::move(cipher_));
}

bool DataKey::reserve(std::size_t records) {
  return sealed_.fetch_add(records, std::memory_order_relaxed) + records <= kRecordsMax;
}

std::string DataKey::bound() const {
  std::string bound;
  storage::put<std::uint64_t>(bound, stream_);
  storage::put<std::uint32_t>(bound, number_);
  return bound;
}

std::shared_ptr<storage::RecordBatch> DataKey::seal(const storage::RecordBatch& records,
                                                    Random& random) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    bytes += records.key(i).size() + records.data(i).size() + AesGcm::kOverhead;
  }
  auto sealed = std::make_shared<storage::RecordBatch>(bytes, records.size());
  const std::string nonces = random.bytes(records.size() * AesGcm::kNonceBytes);
  std::string bound = this->bound();
  const std::size_t prefix = bound.size();
  const Lease cipher(*this);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::string_view key = records.key(i);
    const std::string_view data = records.data(i);
    bound.resize(prefix);
    bound.append(key);
    const auto nonce =
        std::string_view(nonces).substr(i * AesGcm::kNonceBytes, AesGcm::kNonceBytes);
    (*cipher).seal(nonce, bound, data, sealed->begin());
    sealed->end(data.size() + AesGcm::kOverhead, key);
    sealed->set_mark(i, number_);
  }
  return sealed;
}

bool DataKey::Opener::open(const storage::RecordView& record, char* into) {
  bound_.resize(prefix_);
  bound_.append(record.key);
  return (*cipher_).open(record.data, bound_, into);
}

DataKeys::DataKeys(std::uint64_t id, KeyRing::Use stream, std::vector<DataKeyRow> rows,
                   const KeyRing& key_ring, Random& random)
    : id_(id), stream_(std::move(stream)), key_ring_(key_ring), random_(random) {
  for (DataKeyRow& row : rows) {
    if (row.created_ms >= last_ms_) {
      last_ms_ = row.created_ms;
      last_ = row.number;
    }
    rows_.emplace(row.number, std::move(row));
  }
}

KeyRing::Use DataKeys::use_of(const std::string& key_id) const {
  KeyRing::Use use = stream_;
  use.key_id = key_id;
  return use;
}

std::shared_ptr<DataKey> DataKeys::current(std::size_t records) const {
  std::shared_ptr<DataKey> key;
  {
    MutexLock lock(mutex_);
    key = current_;
  }
  if (key && !key->reserve(records)) return nullptr;
  return key;
}

// A key is needed no longer than records that arrived before the next one was made are read, or any
// record at all. No record of the newest is on its way unless it seals now.
std::vector<storage::Mark> DataKeys::outlived_now(const Ages& ages) const {
  std::vector<std::pair<std::int64_t, storage::Mark>> by_age;
  by_age.reserve(rows_.size());
  for (const auto& [number, row] : rows_) by_age.emplace_back(row.created_ms, number);
  std::ranges::sort(by_age);
  std::vector<storage::Mark> found;
  for (std::size_t i = 0; i < by_age.size(); ++i) {
    const std::int64_t needed_ms = i + 1 < by_age.size() ? by_age[i + 1].first : ages.newest;
    if (needed_ms + kOnTheirWayMs >= ages.not_before) break;
    if (!current_ || current_->number() != by_age[i].second) found.push_back(by_age[i].second);
  }
  return found;
}

std::vector<storage::Mark> DataKeys::outlived(const Ages& ages) const {
  MutexLock lock(mutex_);
  return outlived_now(ages);
}

void DataKeys::forget(const std::vector<storage::Mark>& numbers) {
  MutexLock lock(mutex_);
  for (const storage::Mark number : numbers) {
    rows_.erase(number);
    opened_.erase(number);
  }
}

Result<DataKeys::Made> DataKeys::make(const std::string& key_id, const Ages& ages) {
  RETURN_IF_ERROR(check_newest(ages));
  Made made;
  {
    MutexLock lock(mutex_);
    made.outlived = outlived_now(ages);
    if (rows_.size() >= UINT16_MAX) {
      return fail(ErrorCode::kLimitExceeded, "The stream has used up its data keys.");
    }
    // Numbers of keys that were outlived come round again.
    do {
      last_ = last_ == UINT16_MAX ? storage::Mark{1} : static_cast<storage::Mark>(last_ + 1);
    } while (rows_.contains(last_));
    // Each is younger than the one before and than the records that one may have sealed.
    last_ms_ = std::max({ages.now, ages.newest, last_ms_ + 1});
    made.row = {.number = last_, .key_id = key_id, .created_ms = last_ms_, .wrapped = {}};
  }
  if (!key_ring_.wrap) return fail(ErrorCode::kKeyNotFound, "There are no keys.");
  std::string secret = random_.bytes(AesGcm::kKeyBytes);
  ASSIGN_OR_RETURN(made.row.wrapped, key_ring_.wrap(use_of(key_id), secret));
  made.key = std::make_shared<DataKey>(id_, made.row.number, std::move(secret));
  return made;
}

void DataKeys::use(Made made) {
  forget(made.outlived);
  MutexLock lock(mutex_);
  opened_.insert_or_assign(made.row.number, made.key);
  rows_.insert_or_assign(made.row.number, std::move(made.row));
  current_ = std::move(made.key);
}

Status DataKeys::check_newest(const Ages& ages) {
  storage::Mark number = 0;
  {
    MutexLock lock(mutex_);
    const auto age = [](const auto& known) { return known.second.created_ms; };
    const auto newest = std::ranges::max_element(rows_, {}, age);
    if (newest == rows_.end()) return {};
    number = newest->first;
    const std::vector<storage::Mark> gone = outlived_now(ages);
    if (std::ranges::find(gone, number) != gone.end()) return {};
  }
  RETURN_IF_ERROR(find(number));
  return {};
}

Result<std::shared_ptr<DataKey>> DataKeys::find(storage::Mark number) {
  DataKeyRow row;
  {
    MutexLock lock(mutex_);
    const auto opened = opened_.find(number);
    if (opened != opened_.end()) return opened->second;
    const auto known = rows_.find(number);
    if (known == rows_.end()) return nullptr;
    row = known->second;
  }
  if (!key_ring_.unwrap) return fail(ErrorCode::kKeyNotFound, "There are no keys.");
  ASSIGN_OR_RETURN(std::string secret, key_ring_.unwrap(use_of(row.key_id), row.wrapped));
  if (secret.size() != AesGcm::kKeyBytes) {
    return fail(ErrorCode::kKeyRefused, "A data key has the wrong size.");
  }
  auto key = std::make_shared<DataKey>(id_, number, std::move(secret));
  MutexLock lock(mutex_);
  return opened_.try_emplace(number, std::move(key)).first->second;
}

bool DataKeys::has_keys_of(const storage::Slice& slice) const {
  storage::Mark found = 0;
  MutexLock lock(mutex_);
  for (const storage::RecordView& record : slice.records) {
    if (record.mark == 0 || record.mark == found) continue;
    if (rows_.contains(record.mark) && !opened_.contains(record.mark)) return false;
    found = record.mark;
  }
  return true;
}

Result<storage::Slice> DataKeys::open(storage::Slice slice, const Lost& lost) {
  std::size_t bytes = 0;
  bool sealed = false;
  for (const storage::RecordView& record : slice.records) {
    if (record.mark == 0) continue;
    sealed = true;
    bytes += record.data.size();
  }
  if (!sealed) return slice;
  const std::shared_ptr<char[]> memory = std::make_shared_for_overwrite<char[]>(bytes);
  char* into = memory.get();
  std::shared_ptr<DataKey> key;
  std::optional<DataKey::Opener> opener;  // nothing: there is no such key
  storage::Mark found = 0;
  std::vector<storage::RecordView> opened;
  opened.reserve(slice.records.size());
  for (storage::RecordView& record : slice.records) {
    if (record.mark != 0) {
      if (record.mark != found) {
        opener.reset();
        ASSIGN_OR_RETURN(key, find(record.mark));
        if (key) opener.emplace(*key);
        found = record.mark;
      }
      if (!opener || !opener->open(record, into)) {
        lost(record);
        continue;
      }
      record.data = {into, record.data.size() - AesGcm::kOverhead};
      into += record.data.size();
    }
    opened.push_back(record);
  }
  slice.records = std::move(opened);
  slice.owners.push_back(memory);
  return slice;
}

}  // namespace headrace::streams
