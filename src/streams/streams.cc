#include "streams/streams.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "storage/commit.h"
#include "streams/rows.h"

namespace headrace::streams {

namespace asio = boost::asio;

namespace {

// Between two looks at what has expired: as long as that takes, within these. What is sealed
// meanwhile is younger than a day.
constexpr std::chrono::minutes kTrimEveryMin{5};
constexpr std::chrono::hours kTrimEveryMax{12};
constexpr std::uint64_t kIdsEnd = 1ULL << 40;  // other domains' storage streams lie above
constexpr std::size_t kCreatingMax = 5;

std::int64_t integer(std::uint64_t value) { return static_cast<std::int64_t>(value); }

std::string capitalized(std::string text) {
  if (!text.empty()) text.front() = 'S';
  return text;
}

std::string name_of(const StreamKey& key) {
  return "Stream " + key.name.text() + " under account " + key.account;
}

std::unexpected<Error> already_exists(const StreamKey& key) {
  return fail(ErrorCode::kAlreadyExists, name_of(key) + " already exists.");
}

std::unexpected<Error> not_active(const Stream& stream, std::string_view state) {
  return fail(ErrorCode::kInUse, capitalized(stream.described()) +
                                     " not ACTIVE, instead in state " + std::string(state));
}

std::unexpected<Error> has_consumers(const Stream& stream) {
  return fail(ErrorCode::kInUse,
              capitalized(stream.described()) +
                  " has registered consumers. Deregister them, or delete the stream with "
                  "EnforceConsumerDeletion.");
}

}  // namespace

// What alarms and tasks under way hold: `owner` is null once the streams are stopped.
struct Streams::Chores {
  explicit Chores(Streams* streams) : owner(streams) {}
  Mutex mutex;
  Streams* owner GUARDED_BY(mutex);

  void run(const std::function<void(Streams&)>& chore) EXCLUDES(mutex) {
    MutexLock lock(mutex);
    if (owner != nullptr) chore(*owner);
  }
};

Streams::Streams(Environment environment)
    : environment_(std::move(environment)), accounts_(environment_.store, environment_.clock) {}
Streams::~Streams() { stop(); }

void Streams::stop() {
  if (!chores_) return;
  end_subscriptions();
  MutexLock lock(chores_->mutex);
  chores_->owner = nullptr;
}

void Streams::later(std::chrono::nanoseconds delay, std::function<void(Streams&)> chore) {
  environment_.clock.call_at(
      environment_.clock.monotonic_now() + delay,
      [weak = std::weak_ptr<Chores>(chores_), &pool = environment_.pool, chore] {
        const auto chores = weak.lock();
        if (chores) pool.post([chores, chore] { chores->run(chore); });
      });
}

Status Streams::start() {
  chores_ = std::make_shared<Chores>(this);
  RETURN_IF_ERROR(load_secret());
  RETURN_IF_ERROR(accounts_.load());
  RETURN_IF_ERROR(load());
  check_data_keys();
  for (const std::uint64_t id : environment_.store.records().streams()) {
    if (id < kIdsEnd && by_id(id) == nullptr) environment_.store.records().drop(id);
  }
  later(kTrimEveryMin, &Streams::trim_and_repeat);
  return {};
}

std::unexpected<Error> Streams::no_such_stream(const StreamKey& key) {
  return fail(ErrorCode::kNotFound, name_of(key) + " not found.");
}

Status Streams::load_secret() {
  Random& random = environment_.random;
  storage::Entry entry;
  entry.mutations.push_back({"INSERT OR IGNORE INTO stream_secrets VALUES('tokens', ?1)",
                             {Bytes(random.bytes(TokenSeal::kSecretBytes))}});
  const std::string_view query = "SELECT secret FROM stream_secrets WHERE purpose='tokens'";
  std::string secret;
  const auto take = [&](const storage::Row& row) {
    secret = row.text(0);
    return false;
  };
  RETURN_IF_ERROR(environment_.store.metadata().query(query, {}, take));
  if (secret.empty()) {
    RETURN_IF_ERROR(environment_.store.submit_and_wait(std::move(entry)));
    RETURN_IF_ERROR(environment_.store.metadata().query(query, {}, take));
  }
  if (secret.size() != TokenSeal::kSecretBytes) {
    return fail(ErrorCode::kCorruption, "the secret of stream tokens has the wrong size");
  }
  seal_.emplace(std::move(secret), random);
  return {};
}

Status Streams::load() {
  ASSIGN_OR_RETURN(std::vector<Stream::Row> rows, load_streams(environment_.store.metadata()));
  std::uint64_t last_id = 0;
  RETURN_IF_ERROR(environment_.store.metadata().query(
      "SELECT last FROM stream_ids", {}, [&](const storage::Row& row) {
        last_id = static_cast<std::uint64_t>(row.integer(0));
        return true;
      }));
  {
    MutexLock lock(mutex_);
    next_id_ = last_id + 1;
  }
  // The deleted ones first, so that a name leads to the stream that has it now.
  std::ranges::sort(rows, {}, [](const Stream::Row& row) { return row.deleted_ms == 0; });
  for (Stream::Row& row : rows) {
    const std::int64_t deleted_ms = row.deleted_ms;
    const auto stream = std::make_shared<Stream>(std::move(row), stream_environment());
    add(stream);
    if (deleted_ms != 0) finish_removal_at(stream, deleted_ms + environment_.transition_ms);
  }
  return load_consumers();
}

Stream::Environment Streams::stream_environment() {
  return {.store = environment_.store,
          .clock = environment_.clock,
          .pool = environment_.pool,
          .limits = environment_.limits,
          .transition_ms = environment_.transition_ms,
          .random = environment_.random,
          .key_ring = environment_.key_ring,
          .warn = environment_.warn,
          .load_window_began = [this](std::shared_ptr<Stream> stream) {
            later(kLoadWindow,
                  [stream = std::move(stream)](Streams& streams) { streams.follow_load(stream); });
          }};
}

void Streams::add(std::shared_ptr<Stream> stream) {
  MutexLock lock(mutex_);
  by_id_[stream->id()] = stream;
  streams_.insert_or_assign(stream->key(), std::move(stream));
}

std::shared_ptr<Stream> Streams::by_id(std::uint64_t id) const {
  MutexLock lock(mutex_);
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

Result<std::shared_ptr<Stream>> Streams::find(const StreamKey& key) const {
  std::shared_ptr<Stream> stream;
  {
    MutexLock lock(mutex_);
    const auto found = streams_.find(key);
    if (found != streams_.end()) stream = found->second;
  }
  if (!stream || stream->status() == StreamStatus::kGone) return no_such_stream(key);
  return stream;
}

std::vector<std::shared_ptr<Stream>> Streams::list(const std::string& account,
                                                   const std::string& region,
                                                   const std::string& after,
                                                   std::size_t count) const {
  std::vector<std::shared_ptr<Stream>> found;
  MutexLock lock(mutex_);
  for (const auto& [key, stream] : streams_) {
    if (found.size() == count) break;
    if (key.account != account || key.region != region || key.name.text() <= after) continue;
    if (stream->status() != StreamStatus::kGone) found.push_back(stream);
  }
  return found;
}

Result<Source> Streams::source(const std::string& arn) const {
  const auto key = StreamKey::parse_arn(arn);
  if (!key) return fail(ErrorCode::kNotFound, "Stream " + arn + " not found.");
  ASSIGN_OR_RETURN(const auto stream, find(*key));
  return source(stream->id());
}

Result<Source> Streams::source(std::uint64_t storage_stream) const {
  const auto stream = by_id(storage_stream);
  if (!stream || stream->status() == StreamStatus::kGone) {
    return fail(ErrorCode::kNotFound, "The stream was deleted.");
  }
  return Source{.stream = storage_stream,
                .lanes =
                    [stream] {
                      std::vector<std::uint32_t> lanes;
                      if (stream->status() == StreamStatus::kGone) return lanes;
                      for (const Shard& shard : stream->shards()->all())
                        lanes.push_back(shard.id.index);
                      return lanes;
                    },
                .not_before_ms = [stream] { return stream->not_before_ms(); },
                .open =
                    [stream](std::uint32_t lane, storage::Slice slice) {
                      return stream->open(ShardId{lane}, std::move(slice));
                    }};
}

std::uint32_t Streams::shard_limit(std::string_view region) {
  const bool large = region == "us-east-1" || region == "us-west-2" || region == "eu-west-1";
  return large ? 20'000 : 6'000;
}

std::uint32_t Streams::open_shards(const std::string& account, const std::string& region) const {
  std::size_t shards = 0;
  for (const auto& stream : list(account, region, {}, SIZE_MAX)) {
    if (stream->settings().mode == StreamMode::kOnDemand) continue;
    shards += stream->shards()->open().size();
  }
  return static_cast<std::uint32_t>(shards);
}

Status Streams::check_shard_room(const std::string& account, const std::string& region,
                                 std::uint32_t more) const {
  if (environment_.limits == Limits::kNone) return {};
  const std::uint32_t open = open_shards(account, region);
  const std::uint32_t limit = shard_limit(region);
  if (open + std::uint64_t{more} <= limit) return {};
  return fail(ErrorCode::kLimitExceeded,
              "This request would exceed the shard limit for the account " + account + " in " +
                  region + ". Current shard count for the account: " + std::to_string(open) +
                  ". Limit: " + std::to_string(limit) +
                  ". Number of additional shards that would have resulted from this request: " +
                  std::to_string(more) + ".");
}

Status Streams::check_room(const StreamKey& key, std::uint32_t shards, StreamMode mode) const {
  if (find(key)) return already_exists(key);
  RETURN_IF_ERROR(mode == StreamMode::kOnDemand
                      ? check_on_demand_room(key.account, key.region)
                      : check_shard_room(key.account, key.region, shards));
  if (environment_.limits == Limits::kNone) return {};
  const auto all = list(key.account, key.region, {}, SIZE_MAX);
  const auto creating = std::ranges::count_if(
      all, [](const auto& stream) { return stream->status() == StreamStatus::kCreating; });
  if (static_cast<std::size_t>(creating) >= kCreatingMax) {
    return fail(ErrorCode::kLimitExceeded, "This request would exceed the limit of " +
                                               std::to_string(kCreatingMax) +
                                               " streams in the CREATING state for the account " +
                                               key.account + " in " + key.region + ".");
  }
  return {};
}

asio::awaitable<Status> Streams::create(StreamKey key, std::uint32_t shards, Tags tags,
                                        StreamSettings settings) {
  CO_RETURN_IF_ERROR(check_settings(key, settings));
  CO_RETURN_IF_ERROR(check_room(key, shards, settings.mode));
  if (tags.size() > tags_max()) {
    co_return too_many_tags("stream " + key.name.text() + " under account " + key.account);
  }
  Stream::Row row{
      .key = key, .created_ms = environment_.clock.wall_now().ms, .settings = std::move(settings)};
  {
    MutexLock lock(mutex_);
    row.id = next_id_++;
  }
  CHECK(row.id < kIdsEnd);
  storage::Entry entry;
  entry.mutations.push_back(insert_stream(row));
  entry.mutations.push_back({"UPDATE stream_ids SET last = max(last, ?1)", {integer(row.id)}});
  for (const HashKeyRange& range : equal_ranges(shards)) {
    const ShardId id{static_cast<std::uint32_t>(row.shards.size())};
    row.shards.push_back({.id = id, .range = range, .created_ms = row.created_ms});
    entry.mutations.push_back(insert_shard(row.id, row.shards.back()));
  }
  for (const auto& [name, value] : tags) {
    entry.mutations.push_back(
        {"INSERT INTO stream_tags VALUES(?1, ?2, ?3)", {integer(row.id), name, value}});
  }
  const auto committed = co_await storage::commit(environment_.store, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  if (committed->refused_by) co_return already_exists(key);
  add(std::make_shared<Stream>(std::move(row), stream_environment()));
  co_return Status{};
}

asio::awaitable<Status> Streams::remove(std::shared_ptr<Stream> stream, Removal removal) {
  if (stream->status() == StreamStatus::kDeleting) co_return not_active(*stream, "DELETING");
  const std::int64_t now = environment_.clock.wall_now().ms;
  storage::Entry entry;
  entry.mutations.push_back({"UPDATE streams SET deleted_ms=?2 WHERE id=?1 AND deleted_ms=0",
                             {integer(stream->id()), now},
                             true});
  if (removal == Removal::kIfUnread) {
    entry.mutations.push_back(
        {"UPDATE streams SET deleted_ms=?2 WHERE id=?1 AND NOT EXISTS"
         " (SELECT 1 FROM consumers WHERE stream=?1 AND deleted_ms=0)",
         {integer(stream->id()), now},
         true});
  }
  entry.mutations.push_back({"UPDATE consumers SET deleted_ms=?2 WHERE stream=?1 AND deleted_ms=0",
                             {integer(stream->id()), now}});
  const auto committed = co_await storage::commit(environment_.store, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  if (committed->refused_by == 0U) co_return no_such_stream(stream->key());
  if (committed->refused_by) co_return has_consumers(*stream);
  stream->set_deleted(now);
  for (const auto& consumer : stream->consumers().list({}, SIZE_MAX)) consumer->set_deleted(now);
  finish_removal_at(std::move(stream), now + environment_.transition_ms);
  co_return Status{};
}

void Streams::finish_removal_at(std::shared_ptr<Stream> stream, std::int64_t gone_ms) {
  const std::int64_t left_ms =
      std::max<std::int64_t>(0, gone_ms - environment_.clock.wall_now().ms);
  later(std::chrono::milliseconds(left_ms),
        [stream](Streams& streams) { streams.finish_removal(stream); });
}

// The rows go first: their entry is behind every record that was still put to the stream.
void Streams::finish_removal(const std::shared_ptr<Stream>& stream) {
  storage::Entry entry;
  entry.mutations = delete_rows(stream->id());
  const auto committed = environment_.store.submit_and_wait(std::move(entry));
  if (!committed) {
    // The next start tries again.
    if (environment_.warn) {
      environment_.warn(stream->described() + ": " + committed.error().message);
    }
    return;
  }
  environment_.store.records().drop(stream->id());
  MutexLock lock(mutex_);
  by_id_.erase(stream->id());
  const auto found = streams_.find(stream->key());
  if (found != streams_.end() && found->second == stream) streams_.erase(found);
}

void Streams::trim_and_repeat() {
  std::chrono::milliseconds next = kTrimEveryMax;
  for (const auto& stream : all()) {
    const std::int64_t before_ms = stream->not_before_ms();
    const auto oldest_ms = environment_.store.records().trim(stream->id(), before_ms);
    if (oldest_ms) next = std::min(next, std::chrono::milliseconds(*oldest_ms - before_ms + 1));
    const Status forgotten = stream->forget_outlived_data_keys();
    if (!forgotten && environment_.warn) {
      environment_.warn(stream->described() + ": " + forgotten.error().message);
    }
  }
  later(std::max<std::chrono::nanoseconds>(next, kTrimEveryMin), &Streams::trim_and_repeat);
}

std::vector<std::shared_ptr<Stream>> Streams::all() const {
  std::vector<std::shared_ptr<Stream>> streams;
  MutexLock lock(mutex_);
  streams.reserve(by_id_.size());
  for (const auto& [id, stream] : by_id_) streams.push_back(stream);
  return streams;
}

}  // namespace headrace::streams
