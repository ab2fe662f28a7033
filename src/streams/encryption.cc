// Sealing of records begins, goes on and ends.
#include <algorithm>
#include <utility>

#include "streams/rows.h"
#include "streams/streams.h"

namespace headrace::streams {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kChangesMax = 25;  // of each kind, in 24 hours

Status check_count(const Stream& stream, CountedChange kind, Limits limits) {
  if (limits == Limits::kNone || stream.changes_today(kind) < kChangesMax) return {};
  const bool starts = kind == CountedChange::kEncryption;
  return fail(ErrorCode::kLimitExceeded,
              "Server-side encryption of stream " + stream.key().name.text() + " under account " +
                  stream.key().account + " can be " + (starts ? "started" : "stopped") + " " +
                  std::to_string(kChangesMax) + " times within a 24 hour period.");
}

}  // namespace

// In the blocking pool, since the key ring may have to read or write a file.
asio::awaitable<Status> Streams::start_encryption(std::shared_ptr<Stream> stream,
                                                  std::string key_id) {
  Decide decide = [this, key_id = std::move(key_id)](
                      const Stream& s, std::int64_t) -> Result<std::optional<Change>> {
    Change change{.settings = s.settings(), .counted = CountedChange::kEncryption};
    if (change.settings.key_id == key_id) return std::optional<Change>{};
    RETURN_IF_ERROR(check_count(s, CountedChange::kEncryption, environment_.limits));
    ASSIGN_OR_RETURN(change.data_key, s.new_data_key(key_id));
    change.settings.key_id = key_id;
    return change;
  };
  auto work = [this, stream = std::move(stream), decide = std::move(decide)] {
    // A put that made a key meanwhile would use the younger one first.
    MutexLock lock(stream->data_key_mutex_);
    return change_blocking(stream, decide);
  };
  co_return co_await environment_.pool.run(std::move(work));
}

asio::awaitable<Status> Streams::stop_encryption(std::shared_ptr<Stream> stream) {
  Decide decide = [this](const Stream& s, std::int64_t) -> Result<std::optional<Change>> {
    Change change{.settings = s.settings(), .counted = CountedChange::kDecryption};
    if (change.settings.key_id.empty()) return std::optional<Change>{};
    RETURN_IF_ERROR(check_count(s, CountedChange::kDecryption, environment_.limits));
    change.settings.key_id.clear();
    return change;
  };
  co_return co_await change(std::move(stream), std::move(decide));
}

// What cannot be read now is told now: who lost a key should not find out by and by.
void Streams::check_data_keys() const {
  std::size_t lost = 0;
  std::string example;
  for (const auto& stream : all()) {
    const Status had = stream->data_keys_.check_newest(stream->record_ages());
    if (had || stream->status() == StreamStatus::kGone) continue;
    if (lost++ == 0) example = stream->described() + ": " + had.error().message;
  }
  if (lost == 0 || !environment_.warn) return;
  environment_.warn("sealed records of " + std::to_string(lost) +
                    (lost == 1 ? " stream" : " streams") + " cannot be opened; " + example);
}

Status Stream::forget_outlived_data_keys() {
  MutexLock lock(data_key_mutex_);
  const std::vector<storage::Mark> outlived = data_keys_.outlived(record_ages());
  if (outlived.empty()) return {};
  storage::Entry entry;
  entry.mutations = delete_data_keys(id_, outlived);
  RETURN_IF_ERROR(environment_.store.submit_and_wait(std::move(entry)));
  data_keys_.forget(outlived);
  return {};
}

DataKeys::Ages Stream::record_ages() const {
  const std::int64_t not_before = not_before_ms();
  const std::int64_t now = environment_.clock.wall_now().ms;
  MutexLock lock(mutex_);
  return {.now = now, .newest = newest_arrival_ms_, .not_before = not_before};
}

Result<DataKeys::Made> Stream::new_data_key(const std::string& key_id) const {
  return data_keys_.make(key_id, record_ages());
}

// The first put of many makes it, the others wait for it here.
Result<std::shared_ptr<DataKey>> Stream::replace_data_key(std::size_t records) {
  MutexLock lock(data_key_mutex_);
  if (auto key = data_keys_.current(records)) return key;
  const std::string key_id = settings().key_id;
  if (key_id.empty()) return nullptr;  // no more
  ASSIGN_OR_RETURN(DataKeys::Made made, new_data_key(key_id));
  storage::Entry entry;
  entry.mutations = insert_data_key(id_, made);
  RETURN_IF_ERROR(environment_.store.submit_and_wait(std::move(entry)));
  data_keys_.use(std::move(made));
  return data_keys_.current(records);
}

// Seals what a put brings, before anything is locked or numbered.
asio::awaitable<Result<bool>> Stream::seal(Draft* draft) {
  const std::size_t count = draft->records->size();
  std::shared_ptr<DataKey> key = data_keys_.current(count);
  if (!key) {
    auto work = [self = shared_from_this(), count] { return self->replace_data_key(count); };
    CO_ASSIGN_OR_RETURN(key, co_await environment_.pool.run(std::move(work)));
  }
  if (key) draft->records = key->seal(*draft->records, environment_.random);
  co_return key != nullptr;
}

Result<storage::Slice> Stream::open(ShardId shard, storage::Slice slice) const {
  const auto lost = [&](const storage::RecordView& record) {
    if (!environment_.warn) return;
    environment_.warn(described() + ": record " + std::to_string(record.number) + " of " +
                      shard.text() + " is damaged: data key " + std::to_string(record.mark) +
                      " does not open it; it is lost");
  };
  return data_keys_.open(std::move(slice), lost);
}

}  // namespace headrace::streams
