#include "streams/streams.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "base/check.h"
#include "storage/commit.h"
#include "storage/encoding.h"

namespace headrace::streams {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::minutes kTrimEvery{5};
constexpr std::uint64_t kIdsEnd = 1ULL << 40;  // other domains' storage streams lie above
constexpr std::int32_t kRetentionMinHours = 24;
constexpr std::int32_t kRetentionMaxHours = 8760;
constexpr std::size_t kCreatingMax = 5;

using storage::Mutation;

std::int64_t integer(std::uint64_t value) { return static_cast<std::int64_t>(value); }

std::string capitalized(std::string text) {
  if (!text.empty()) text.front() = 'S';
  return text;
}

std::string name_of(const StreamKey& key) {
  return "Stream " + key.name.text() + " under account " + key.account;
}

std::unexpected<Error> not_found(const StreamKey& key) {
  return fail(ErrorCode::kNotFound, name_of(key) + " not found.");
}

std::unexpected<Error> already_exists(const StreamKey& key) {
  return fail(ErrorCode::kAlreadyExists, name_of(key) + " already exists.");
}

std::unexpected<Error> not_active(const Stream& stream, std::string_view state) {
  return fail(ErrorCode::kInUse, capitalized(stream.described()) +
                                     " not ACTIVE, instead in state " + std::string(state));
}

Mutation insert_stream(const Stream::Row& row) {
  return {"INSERT OR IGNORE INTO streams VALUES(?1, ?2, ?3, ?4, ?5, 0, ?6, 0)",
          {integer(row.id), row.key.account, row.key.region, row.key.name.text(), row.created_ms,
           std::int64_t{row.retention_hours}},
          true};
}

Mutation insert_shard(std::uint64_t stream, const Shard& shard) {
  return {"INSERT INTO shards VALUES(?1, ?2, ?3, ?4, ?5)",
          {integer(stream), std::int64_t{shard.id.index}, shard.range.starting.text(),
           shard.range.ending.text(), shard.created_ms}};
}

std::string iterator_bound(const std::string& account, const std::string& region) {
  return "iterator/" + account + "/" + region;
}

std::string calendar(std::int64_t ms) {
  const std::time_t seconds = ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const std::size_t size =
      std::strftime(text.data(), text.size(), "%a %b %d %H:%M:%S UTC %Y", &parts);
  return {text.data(), size};
}

Error iterator_expired(std::int64_t made_ms, std::int64_t now_ms) {
  return {ErrorCode::kIteratorExpired,
          "Iterator expired. The iterator was created at time " + calendar(made_ms) +
              " while right now it is " + calendar(now_ms) +
              " which is further in the future than the tolerated delay of " +
              std::to_string(Streams::kTokenLifeMs) + " milliseconds."};
}

}  // namespace

storage::Schema schema() {
  return {.domain = "streams",
          .versions = {
              "CREATE TABLE streams(id INTEGER PRIMARY KEY, account TEXT NOT NULL,"
              "  region TEXT NOT NULL, name TEXT NOT NULL, created_ms INTEGER NOT NULL,"
              "  deleted_ms INTEGER NOT NULL, retention_h INTEGER NOT NULL,"
              "  horizon_ms INTEGER NOT NULL);"
              "CREATE UNIQUE INDEX streams_by_name ON streams(account, region, name)"
              "  WHERE deleted_ms=0;"
              "CREATE TABLE shards(stream INTEGER, shard INTEGER, starting_hash_key TEXT NOT NULL,"
              "  ending_hash_key TEXT NOT NULL, created_ms INTEGER NOT NULL,"
              "  PRIMARY KEY(stream, shard)) WITHOUT ROWID;"
              "CREATE TABLE stream_tags(stream INTEGER, key TEXT, value TEXT NOT NULL,"
              "  PRIMARY KEY(stream, key)) WITHOUT ROWID;"
              "CREATE TABLE stream_ids(last INTEGER NOT NULL);"
              "INSERT INTO stream_ids VALUES(0);"
              "CREATE TABLE stream_secrets(purpose TEXT PRIMARY KEY, secret BLOB NOT NULL)"}};
}

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

Streams::Streams(Environment environment) : environment_(std::move(environment)) {}
Streams::~Streams() { stop(); }

void Streams::stop() {
  if (!chores_) return;
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
  RETURN_IF_ERROR(load());
  for (const std::uint64_t id : environment_.store.records().streams()) {
    if (id < kIdsEnd && by_id(id) == nullptr) environment_.store.records().drop(id);
  }
  later(kTrimEvery, &Streams::trim_and_repeat);
  return {};
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

Result<std::map<std::uint64_t, std::vector<Shard>>> Streams::load_shards() const {
  std::map<std::uint64_t, std::vector<Shard>> shards;
  bool good = true;
  RETURN_IF_ERROR(environment_.store.metadata().query(
      "SELECT stream, shard, starting_hash_key, ending_hash_key, created_ms FROM shards "
      "ORDER BY stream, shard",
      {}, [&](const storage::Row& row) {
        const auto starting = HashKey::parse(row.view(2));
        const auto ending = HashKey::parse(row.view(3));
        std::vector<Shard>& list = shards[static_cast<std::uint64_t>(row.integer(0))];
        good = starting && ending && row.integer(1) == integer(list.size());
        if (!good) return false;
        list.push_back({ShardId{static_cast<std::uint32_t>(row.integer(1))},
                        {*starting, *ending},
                        row.integer(4)});
        return true;
      }));
  if (!good) return fail(ErrorCode::kCorruption, "the table of shards does not make sense");
  return shards;
}

Status Streams::load() {
  ASSIGN_OR_RETURN(auto shards, load_shards());
  std::vector<Stream::Row> rows;
  bool good = true;
  RETURN_IF_ERROR(environment_.store.metadata().query(
      "SELECT id, account, region, name, created_ms, deleted_ms, retention_h, horizon_ms "
      "FROM streams",
      {}, [&](const storage::Row& row) {
        auto name = StreamName::parse(row.view(3));
        const auto id = static_cast<std::uint64_t>(row.integer(0));
        good = name && shards.contains(id);
        if (!good) return false;
        rows.push_back({.id = id,
                        .key = {row.text(1), row.text(2), std::move(*name)},
                        .created_ms = row.integer(4),
                        .deleted_ms = row.integer(5),
                        .retention_hours = static_cast<std::int32_t>(row.integer(6)),
                        .horizon_ms = row.integer(7),
                        .shards = std::move(shards[id])});
        return true;
      }));
  if (!good) return fail(ErrorCode::kCorruption, "the table of streams does not make sense");
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
  return {};
}

Stream::Environment Streams::stream_environment() const {
  return {.store = environment_.store,
          .clock = environment_.clock,
          .pool = environment_.pool,
          .limits = environment_.limits,
          .transition_ms = environment_.transition_ms,
          .warn = environment_.warn};
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
  if (!stream || stream->status() == StreamStatus::kGone) return not_found(key);
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
                      for (const Shard& shard : stream->shards()) lanes.push_back(shard.id.index);
                      return lanes;
                    },
                .not_before_ms = [stream] { return stream->not_before_ms(); }};
}

std::uint32_t Streams::shard_limit(std::string_view region) {
  const bool large = region == "us-east-1" || region == "us-west-2" || region == "eu-west-1";
  return large ? 20'000 : 6'000;
}

std::uint32_t Streams::open_shards(const std::string& account, const std::string& region) const {
  std::size_t shards = 0;
  for (const auto& stream : list(account, region, {}, SIZE_MAX)) shards += stream->shards().size();
  return static_cast<std::uint32_t>(shards);
}

Status Streams::check_room(const StreamKey& key, std::uint32_t shards) const {
  if (find(key)) return already_exists(key);
  const std::uint32_t open = open_shards(key.account, key.region);
  const std::uint32_t limit = shard_limit(key.region);
  if (open + std::uint64_t{shards} > limit) {
    return fail(ErrorCode::kLimitExceeded,
                "This request would exceed the shard limit for the account " + key.account +
                    " in " + key.region + ". Current shard count for the account: " +
                    std::to_string(open) + ". Limit: " + std::to_string(limit) +
                    ". Number of additional shards that would have resulted from this request: " +
                    std::to_string(shards) + ".");
  }
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

asio::awaitable<Status> Streams::create(StreamKey key, std::uint32_t shards, Tags tags) {
  CO_RETURN_IF_ERROR(check_room(key, shards));
  if (tags.size() > kTagsMax) co_return too_many_tags(name_of(key));
  Stream::Row row{.key = key, .created_ms = environment_.clock.wall_now().ms};
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
    row.shards.push_back({id, range, row.created_ms});
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

asio::awaitable<Status> Streams::remove(std::shared_ptr<Stream> stream) {
  if (stream->status() == StreamStatus::kDeleting) co_return not_active(*stream, "DELETING");
  const std::int64_t now = environment_.clock.wall_now().ms;
  storage::Entry entry;
  entry.mutations.push_back({"UPDATE streams SET deleted_ms=?2 WHERE id=?1 AND deleted_ms=0",
                             {integer(stream->id()), now},
                             true});
  const auto committed = co_await storage::commit(environment_.store, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  if (committed->refused_by) co_return not_found(stream->key());
  stream->set_deleted(now);
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
  const std::int64_t id = integer(stream->id());
  storage::Entry entry;
  entry.mutations.push_back({"DELETE FROM streams WHERE id=?1", {id}});
  entry.mutations.push_back({"DELETE FROM shards WHERE stream=?1", {id}});
  entry.mutations.push_back({"DELETE FROM stream_tags WHERE stream=?1", {id}});
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
  for (const auto& stream : all()) {
    environment_.store.records().trim(stream->id(), stream->not_before_ms());
  }
  later(kTrimEvery, &Streams::trim_and_repeat);
}

std::vector<std::shared_ptr<Stream>> Streams::all() const {
  std::vector<std::shared_ptr<Stream>> streams;
  MutexLock lock(mutex_);
  streams.reserve(by_id_.size());
  for (const auto& [id, stream] : by_id_) streams.push_back(stream);
  return streams;
}

Result<Tags> Streams::read_tags(std::uint64_t id) const {
  Tags tags;
  RETURN_IF_ERROR(
      environment_.store.metadata().query("SELECT key, value FROM stream_tags WHERE stream=?1",
                                          {integer(id)}, [&](const storage::Row& row) {
                                            tags[row.text(0)] = row.text(1);
                                            return true;
                                          }));
  return tags;
}

asio::awaitable<Result<Tags>> Streams::tags(std::shared_ptr<Stream> stream) const {
  auto work = [this, stream] { return read_tags(stream->id()); };
  co_return co_await environment_.pool.run(std::move(work));
}

std::unexpected<Error> Streams::too_many_tags(const std::string& stream) {
  return fail(ErrorCode::kInvalidArgument, "Failed to add tags to s" + stream.substr(1) +
                                               " because a given stream cannot have more than " +
                                               std::to_string(kTagsMax) +
                                               " tags associated with it.");
}

asio::awaitable<Status> Streams::tag(std::shared_ptr<Stream> stream, Tags tags) {
  const std::int64_t id = integer(stream->id());
  storage::Entry entry;
  entry.mutations.push_back(
      {"UPDATE streams SET deleted_ms=0 WHERE id=?1 AND deleted_ms=0", {id}, true});
  for (const auto& [key, value] : tags) {
    entry.mutations.push_back(
        {"INSERT OR REPLACE INTO stream_tags VALUES(?1, ?2, ?3)", {id, key, value}});
  }
  // Counted where the log decides: a guard that finds too many undoes the entry.
  entry.mutations.push_back(
      {"UPDATE streams SET deleted_ms=0 WHERE id=?1 AND "
       "(SELECT count(*) FROM stream_tags WHERE stream=?1) <= ?2",
       {id, integer(kTagsMax)},
       true});
  const auto committed = co_await storage::commit(environment_.store, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  if (committed->refused_by == 0U) co_return not_found(stream->key());
  if (committed->refused_by) co_return too_many_tags(stream->described());
  co_return Status{};
}

asio::awaitable<Status> Streams::untag(std::shared_ptr<Stream> stream,
                                       std::vector<std::string> keys) {
  storage::Entry entry;
  for (const std::string& key : keys) {
    entry.mutations.push_back(
        {"DELETE FROM stream_tags WHERE stream=?1 AND key=?2", {integer(stream->id()), key}});
  }
  const auto committed = co_await storage::commit(environment_.store, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  co_return Status{};
}

Status Streams::check_retention(const Stream& stream, Direction direction, std::int32_t hours) {
  const std::string wanted = std::to_string(hours) + " hours)";
  if (hours < kRetentionMinHours) {
    return fail(ErrorCode::kInvalidArgument,
                "Minimum allowed retention period is 24 hours. Requested retention period (" +
                    wanted + " is too short.");
  }
  if (hours > kRetentionMaxHours) {
    return fail(ErrorCode::kInvalidArgument,
                "Maximum allowed retention period is 8760 hours. Requested retention period (" +
                    wanted + " is too long.");
  }
  if (stream.status() == StreamStatus::kCreating) return not_active(stream, "CREATING");
  if (stream.status() != StreamStatus::kActive) return not_active(stream, "DELETING");
  const std::int32_t now = stream.retention_hours();
  const bool up = direction == Direction::kIncrease;
  if (up ? hours >= now : hours <= now) return {};
  return fail(ErrorCode::kInvalidArgument,
              "Requested retention period (" + wanted + " for stream " + stream.key().name.text() +
                  " can not be " + (up ? "shorter" : "longer") +
                  " than existing retention period (" + std::to_string(now) + " hours). Use " +
                  (up ? "DecreaseRetentionPeriod" : "IncreaseRetentionPeriod") + " API.");
}

// What had expired stays expired when the retention period grows.
asio::awaitable<Status> Streams::change_retention(std::shared_ptr<Stream> stream,
                                                  Direction direction, std::int32_t hours) {
  CO_RETURN_IF_ERROR(check_retention(*stream, direction, hours));
  storage::Entry entry;
  entry.mutations.push_back(
      {std::string("UPDATE streams SET retention_h=?2,"
                   " horizon_ms=max(horizon_ms, ?3 - retention_h * 3600000)"
                   " WHERE id=?1 AND deleted_ms=0 AND retention_h ") +
           (direction == Direction::kIncrease ? "<=" : ">=") + " ?2",
       {integer(stream->id()), std::int64_t{hours}, environment_.clock.wall_now().ms},
       true});
  const auto committed = co_await storage::commit(environment_.store, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  if (committed->refused_by) co_return not_active(*stream, "UPDATING");
  auto work = [this, stream] { return reload_retention(stream); };
  co_return co_await environment_.pool.run(std::move(work));
}

// Two changes may get here in either order: the later read has seen both.
Status Streams::reload_retention(const std::shared_ptr<Stream>& stream) const {
  MutexLock lock(reload_mutex_);
  return environment_.store.metadata().query(
      "SELECT retention_h, horizon_ms FROM streams WHERE id=?1", {integer(stream->id())},
      [&](const storage::Row& row) {
        stream->set_retention(static_cast<std::int32_t>(row.integer(0)), row.integer(1));
        return true;
      });
}

std::string Streams::make_iterator(const Iterator& iterator) const {
  std::string plain;
  storage::put<std::uint64_t>(plain, iterator.stream->id());
  storage::put<std::uint32_t>(plain, iterator.shard.index);
  storage::put<std::uint64_t>(plain, iterator.next);
  storage::put<std::uint64_t>(plain, static_cast<std::uint64_t>(environment_.clock.wall_now().ms));
  const StreamKey& key = iterator.stream->key();
  return seal_->seal(plain, iterator_bound(key.account, key.region));
}

Result<Iterator> Streams::open_iterator(std::string_view token, const std::string& account,
                                        const std::string& region) const {
  const auto plain = seal_->open(token, iterator_bound(account, region));
  if (!plain) return fail(ErrorCode::kInvalidArgument, "Invalid ShardIterator.");
  storage::Decoder in(*plain);
  const auto id = in.get<std::uint64_t>();
  const auto shard = in.get<std::uint32_t>();
  const auto next = in.get<std::uint64_t>();
  const auto made_ms = static_cast<std::int64_t>(in.get<std::uint64_t>());
  CHECK(in.at_end());  // we sealed it
  const std::int64_t now = environment_.clock.wall_now().ms;
  if (now - made_ms > kTokenLifeMs) return std::unexpected(iterator_expired(made_ms, now));
  const auto stream = by_id(id);
  if (!stream || stream->status() == StreamStatus::kGone) {
    return fail(ErrorCode::kNotFound, "The stream of the ShardIterator was not found.");
  }
  RETURN_IF_ERROR(stream->shard(ShardId{shard}));
  return Iterator{stream, ShardId{shard}, next};
}

std::string Streams::make_page(std::string_view text, std::string_view bound) const {
  std::string plain;
  storage::put<std::uint64_t>(plain, static_cast<std::uint64_t>(environment_.clock.wall_now().ms));
  plain.append(text);
  return seal_->seal(plain, bound);
}

Result<std::string> Streams::open_page(std::string_view token, std::string_view bound) const {
  const auto plain = seal_->open(token, bound);
  if (!plain) return fail(ErrorCode::kInvalidArgument, "Invalid NextToken.");
  storage::Decoder in(*plain);
  const auto made_ms = static_cast<std::int64_t>(in.get<std::uint64_t>());
  if (environment_.clock.wall_now().ms - made_ms > kTokenLifeMs) {
    return fail(ErrorCode::kTokenExpired, "The NextToken has expired.");
  }
  return std::string(in.take(in.left()));
}

}  // namespace headrace::streams
