#include "delivery/deliveries.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "delivery/running.h"
#include "storage/commit.h"

namespace headrace::delivery {
namespace {

// Hidden streams of Direct PUT lie beside those of Kinesis, out of the way of their numbers.
constexpr std::uint64_t kHiddenStreams = 1ULL << 40;
constexpr std::int64_t kDirectPutKeptMs = 24LL * 3600 * 1000;
constexpr std::size_t kTagsMax = 50;

using storage::Mutation;
using storage::SqlValue;

SqlValue optional_text(const std::string& text) {
  return text.empty() ? SqlValue{} : SqlValue{text};
}

Mutation insert_row(std::uint64_t id, const Configuration& c) {
  return {
      "INSERT OR IGNORE INTO delivery_streams VALUES"
      "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)",
      {static_cast<std::int64_t>(id), c.account, c.region, c.name,
       c.source ? SqlValue{c.source->stream_arn} : SqlValue{},
       c.source ? SqlValue{c.source->role_arn} : SqlValue{},
       c.source ? SqlValue{static_cast<std::int64_t>(c.source->storage_stream)} : SqlValue{},
       c.role_arn, c.bucket, c.prefix, optional_text(c.error_output_prefix),
       optional_text(c.file_extension), std::int64_t{c.hints.size_mib},
       std::int64_t{c.hints.interval_s}, std::int64_t{c.compression == Compression::kGzip},
       std::int64_t{c.extended}, c.created.ms, c.version},
      true};
}

Configuration read_row(const storage::Row& row) {
  Configuration c;
  c.account = row.text(1);
  c.region = row.text(2);
  c.name = row.text(3);
  if (!row.is_null(4)) {
    c.source = KinesisSource{row.text(4), row.text(5), static_cast<std::uint64_t>(row.integer(6))};
  }
  c.role_arn = row.text(7);
  c.bucket = row.text(8);
  c.prefix = row.text(9);
  c.error_output_prefix = row.text(10);
  c.file_extension = row.text(11);
  c.hints = {static_cast<std::int32_t>(row.integer(12)),
             static_cast<std::int32_t>(row.integer(13))};
  c.compression = row.integer(14) != 0 ? Compression::kGzip : Compression::kUncompressed;
  c.extended = row.integer(15) != 0;
  c.created = {row.integer(16)};
  c.version = row.text(17);
  return c;
}

}  // namespace

storage::Schema schema() {
  return {.domain = "delivery",
          .versions = {
              "CREATE TABLE delivery_streams(id INTEGER PRIMARY KEY, account TEXT NOT NULL,"
              "  region TEXT NOT NULL, name TEXT NOT NULL, source_arn TEXT, source_role TEXT,"
              "  source_stream INTEGER, role TEXT NOT NULL, bucket TEXT NOT NULL,"
              "  prefix TEXT NOT NULL, error_prefix TEXT, extension TEXT,"
              "  size_mib INTEGER NOT NULL, interval_s INTEGER NOT NULL, gzip INTEGER NOT NULL,"
              "  extended INTEGER NOT NULL, created_ms INTEGER NOT NULL, version TEXT NOT NULL,"
              "  UNIQUE(account, region, name));"
              "CREATE TABLE delivery_checkpoints(delivery INTEGER, lane INTEGER,"
              "  next INTEGER NOT NULL, PRIMARY KEY(delivery, lane)) WITHOUT ROWID;"
              "CREATE TABLE delivery_tags(delivery INTEGER, key TEXT, value TEXT NOT NULL,"
              "  PRIMARY KEY(delivery, key)) WITHOUT ROWID;"
              "CREATE TABLE delivery_ids(last INTEGER NOT NULL);"
              "INSERT INTO delivery_ids VALUES(0)"}};
}

Deliveries::Deliveries(Environment environment) : environment_(std::move(environment)) {}
Deliveries::~Deliveries() { stop(); }

Worker::Source Deliveries::source_of(std::uint64_t id, const Configuration& configuration) {
  if (configuration.source) {
    auto found = environment_.find_source(*configuration.source);
    if (found) return std::move(*found);
    // The stream is gone; the delivery stream stays and has nothing to read, as on AWS.
    return {.stream = configuration.source->storage_stream,
            .lanes = [] { return std::vector<std::uint32_t>{}; },
            .not_before_ms = [] { return std::int64_t{0}; }};
  }
  return {.stream = kHiddenStreams + id,
          .lanes = [] { return std::vector<std::uint32_t>{0}; },
          .not_before_ms =
              [&clock = environment_.clock] { return clock.wall_now().ms - kDirectPutKeptMs; },
          .trims = true};
}

Status Deliveries::start() {
  std::vector<std::pair<std::uint64_t, Configuration>> rows;
  RETURN_IF_ERROR(environment_.store.metadata().query(
      "SELECT * FROM delivery_streams", {}, [&](const storage::Row& row) {
        rows.emplace_back(static_cast<std::uint64_t>(row.integer(0)), read_row(row));
        return true;
      }));
  RETURN_IF_ERROR(drop_left_overs(rows));
  std::uint64_t last = 0;
  RETURN_IF_ERROR(environment_.store.metadata().query(
      "SELECT last FROM delivery_ids", {}, [&](const storage::Row& row) {
        last = static_cast<std::uint64_t>(row.integer(0));
        return true;
      }));
  for (auto& [id, configuration] : rows) {
    RETURN_IF_ERROR(make(id, std::move(configuration)));
    last = std::max(last, id);
  }
  MutexLock lock(mutex_);
  next_id_ = last + 1;
  return {};
}

// Hidden streams whose delivery streams were removed just before the process ended.
Status Deliveries::drop_left_overs(
    const std::vector<std::pair<std::uint64_t, Configuration>>& known) {
  for (const std::uint64_t stream : environment_.store.records().streams()) {
    if (stream < kHiddenStreams) continue;
    const bool wanted = std::any_of(known.begin(), known.end(), [stream](const auto& row) {
      return kHiddenStreams + row.first == stream;
    });
    if (!wanted) environment_.store.records().drop(stream);
  }
  return {};
}

void Deliveries::stop() {
  std::map<Key, std::shared_ptr<Running>> all;
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    all = running_;
  }
  for (const auto& [key, running] : all) running->stop();
}

Result<std::shared_ptr<Deliveries::Running>> Deliveries::make(std::uint64_t id,
                                                              Configuration configuration) {
  const Key key{configuration.account, configuration.region, configuration.name};
  Worker::Source source = source_of(id, configuration);
  auto running =
      std::make_shared<Running>(id, std::move(configuration), std::move(source), environment_);
  RETURN_IF_ERROR(running->start());
  {
    MutexLock lock(mutex_);
    if (!stopped_) {
      running_[key] = running;
      return running;
    }
  }
  running->stop();
  return fail(ErrorCode::kUnavailable, "the server is stopping");
}

Result<std::shared_ptr<Deliveries::Running>> Deliveries::get(const std::string& account,
                                                             const std::string& region,
                                                             const std::string& name) const {
  MutexLock lock(mutex_);
  const auto found = running_.find({account, region, name});
  if (found == running_.end()) return delivery_stream_not_found(account, name);
  return found->second;
}

boost::asio::awaitable<Status> Deliveries::create(Configuration configuration, Tags tags) {
  std::uint64_t id = 0;
  {
    MutexLock lock(mutex_);
    id = next_id_++;
  }
  storage::Entry entry;
  entry.mutations.push_back(insert_row(id, configuration));
  const auto key = static_cast<std::int64_t>(id);
  entry.mutations.push_back({"UPDATE delivery_ids SET last = max(last, ?1)", {key}});
  for (const auto& [name, value] : tags) {
    entry.mutations.push_back({"INSERT INTO delivery_tags VALUES(?1, ?2, ?3)", {key, name, value}});
  }
  if (configuration.source) {
    // Reading begins at LATEST as of now: behind everything that anybody was told is stored, and
    // before everything put after this call has returned. Lanes that come later are read whole.
    const auto found = environment_.find_source(*configuration.source);
    if (!found) co_return std::unexpected(found.error());
    const Worker::Source& source = *found;
    for (const std::uint32_t lane : source.lanes()) {
      entry.mutations.push_back(
          {"INSERT INTO delivery_checkpoints VALUES(?1, ?2, ?3)",
           {key, std::int64_t{lane},
            static_cast<std::int64_t>(environment_.store.records().next(source.stream, lane))}});
    }
  }
  Result<storage::Committed> committed =
      co_await storage::commit(environment_.store, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  if (committed->refused_by) {
    co_return fail(ErrorCode::kAlreadyExists, "Firehose " + configuration.name +
                                                  " under accountId " + configuration.account +
                                                  " already exists");
  }
  auto begin = [this, id, c = std::move(configuration)]() mutable {
    return make(id, std::move(c));
  };
  const auto made = co_await environment_.pool.run(std::move(begin));
  if (!made) co_return std::unexpected(made.error());
  co_return Status{};
}

boost::asio::awaitable<Status> Deliveries::remove(std::string account, std::string region,
                                                  std::string name) {
  auto running = get(account, region, name);
  if (!running) co_return std::unexpected(running.error());
  const std::int64_t id = static_cast<std::int64_t>((*running)->id());
  storage::Entry entry;
  entry.mutations.push_back({"DELETE FROM delivery_streams WHERE id=?1", {id}, true});
  entry.mutations.push_back({"DELETE FROM delivery_checkpoints WHERE delivery=?1", {id}});
  entry.mutations.push_back({"DELETE FROM delivery_tags WHERE delivery=?1", {id}});
  // Their entries lie before ours in the log, so what is dropped below stays dropped.
  (*running)->refuse_puts(true);
  Result<storage::Committed> committed =
      co_await storage::commit(environment_.store, std::move(entry));
  if (!committed) {
    (*running)->refuse_puts(false);
    co_return std::unexpected(committed.error());
  }
  if (committed->refused_by) co_return delivery_stream_not_found(account, name);
  {
    MutexLock lock(mutex_);
    const auto found = running_.find({account, region, name});
    if (found != running_.end() && found->second == *running) running_.erase(found);
  }
  const bool hidden = !(*running)->configuration().source;
  co_return co_await environment_.pool.run([gone = *running, hidden, this]() -> Status {
    gone->stop();
    if (hidden) environment_.store.records().drop(gone->storage_stream());
    return {};
  });
}

Result<Configuration> Deliveries::find(const std::string& account, const std::string& region,
                                       const std::string& name) const {
  ASSIGN_OR_RETURN(const auto running, get(account, region, name));
  return running->configuration();
}

std::vector<Configuration> Deliveries::list(const std::string& account,
                                            const std::string& region) const {
  std::vector<Configuration> found;
  MutexLock lock(mutex_);
  for (const auto& [key, running] : running_) {
    if (std::get<0>(key) == account && std::get<1>(key) == region) {
      found.push_back(running->configuration());
    }
  }
  return found;
}

boost::asio::awaitable<Result<std::vector<std::string>>> Deliveries::put(
    std::string account, std::string region, std::string name, std::vector<Bytes> records) {
  auto running = get(account, region, name);
  if (!running) co_return std::unexpected(running.error());
  if ((*running)->configuration().source) {
    co_return fail(
        ErrorCode::kInvalidArgument,
        "This operation is not permitted on KinesisStreamAsSource delivery stream type.");
  }
  co_return co_await (*running)->put(std::move(records));
}

Result<Tags> Deliveries::tags(const std::string& account, const std::string& region,
                              const std::string& name) const {
  ASSIGN_OR_RETURN(const auto running, get(account, region, name));
  Tags tags;
  RETURN_IF_ERROR(environment_.store.metadata().query(
      "SELECT key, value FROM delivery_tags WHERE delivery=?1 ORDER BY key",
      {static_cast<std::int64_t>(running->id())}, [&](const storage::Row& row) {
        tags[row.text(0)] = row.text(1);
        return true;
      }));
  return tags;
}

boost::asio::awaitable<Status> Deliveries::tag(std::string account, std::string region,
                                               std::string name, Tags tags) {
  auto running = get(account, region, name);
  if (!running) co_return std::unexpected(running.error());
  const auto id = static_cast<std::int64_t>((*running)->id());
  storage::Entry entry;
  for (const auto& [key, value] : tags) {
    entry.mutations.push_back(
        {"INSERT OR REPLACE INTO delivery_tags SELECT id, ?2, ?3 "
         "FROM delivery_streams WHERE id=?1",
         {id, key, value},
         true});
  }
  // Counted where the log decides: a guard that finds too many undoes the entry.
  entry.mutations.push_back(
      {"UPDATE delivery_streams SET version=version WHERE id=?1 AND "
       "(SELECT count(*) FROM delivery_tags WHERE delivery=?1) <= ?2",
       {id, static_cast<std::int64_t>(kTagsMax)},
       true});
  const std::size_t last = entry.mutations.size() - 1;
  Result<storage::Committed> committed =
      co_await storage::commit(environment_.store, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  if (committed->refused_by == last) {
    co_return fail(ErrorCode::kLimitExceeded,
                   "A delivery stream can have at most " + std::to_string(kTagsMax) + " tags.");
  }
  if (committed->refused_by) co_return delivery_stream_not_found(account, name);
  co_return Status{};
}

boost::asio::awaitable<Status> Deliveries::untag(std::string account, std::string region,
                                                 std::string name, std::vector<std::string> keys) {
  auto running = get(account, region, name);
  if (!running) co_return std::unexpected(running.error());
  storage::Entry entry;
  for (const std::string& key : keys) {
    entry.mutations.push_back({"DELETE FROM delivery_tags WHERE delivery=?1 AND key=?2",
                               {static_cast<std::int64_t>((*running)->id()), key}});
  }
  Result<storage::Committed> committed =
      co_await storage::commit(environment_.store, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  co_return Status{};
}

}  // namespace headrace::delivery
