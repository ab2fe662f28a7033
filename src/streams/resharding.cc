// Splits, merges and what else changes a stream while it goes on taking and giving records.
#include <algorithm>
#include <utility>

#include "storage/commit.h"
#include "streams/rows.h"
#include "streams/streams.h"

namespace headrace::streams {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kShardCountChangesMax = 10;  // in 24 hours
constexpr std::uint32_t kStreamShardsMax = 10'000;

std::string stream_of(const Stream& stream) {
  return stream.key().name.text() + " under account " + stream.key().account;
}

// The open shard of that id. kNotFound, kInvalidArgument.
Result<const Shard*> open_shard(const Stream& stream, const ShardMap& shards, ShardId id) {
  const Shard* shard = shards.find(id);
  if (shard == nullptr) return stream.no_such_shard(id.text());
  if (shard->open()) return shard;
  return fail(ErrorCode::kInvalidArgument, "Shard " + id.text() + " in stream " +
                                               stream_of(stream) +
                                               " is not OPEN, instead in state CLOSED");
}

Status check_provisioned(const StreamSettings& settings, std::string_view operation) {
  if (settings.mode == StreamMode::kProvisioned) return {};
  return fail(ErrorCode::kValidation, "Request is invalid. " + std::string(operation) +
                                          " is not supported for streams in ON_DEMAND mode.");
}

Status check_target(const Stream& stream, std::uint32_t current, std::uint32_t target) {
  const std::string where = "UpdateShardCount cannot scale stream " + stream_of(stream);
  const std::string counts = " Current open shard count: " + std::to_string(current) +
                             ". Target open shard count: " + std::to_string(target);
  if (target > std::uint64_t{current} * 2) {
    return fail(ErrorCode::kInvalidArgument,
                where + " up over double your current open shard count." + counts);
  }
  if (target < (current + 1) / 2) {
    return fail(ErrorCode::kInvalidArgument,
                where + " down below half your current open shard count." + counts);
  }
  if (target > kStreamShardsMax) {
    return fail(ErrorCode::kInvalidArgument,
                where + " to more than " + std::to_string(kStreamShardsMax) + " shards." + counts);
  }
  return {};
}

}  // namespace

// A change that Streams is about to commit; gives the stream free however that ends.
class Streams::Claim {
 public:
  static Result<Claim> take(std::shared_ptr<Stream> stream) {
    RETURN_IF_ERROR(stream->begin_change());
    return Claim(std::move(stream));
  }
  Claim(Claim&&) = default;
  Claim& operator=(Claim&&) = default;
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  ~Claim() {
    if (stream_) stream_->end_change(false);
  }
  void done() && { std::exchange(stream_, nullptr)->end_change(true); }

 private:
  explicit Claim(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}
  std::shared_ptr<Stream> stream_;
};

storage::Entry Streams::entry_of(const Stream& stream, const Change& change, std::int64_t now_ms) {
  storage::Entry entry;
  entry.mutations.push_back(update_settings(stream.id(), change.settings));
  if (change.reshard) {
    for (const ShardId shard : change.reshard->closed) {
      entry.mutations.push_back(close_shard(stream.id(), shard, now_ms));
    }
    for (const Shard& shard : change.reshard->made) {
      entry.mutations.push_back(insert_shard(stream.id(), shard));
    }
  }
  if (change.counted) {
    constexpr std::int64_t kDayMs = 86'400'000;
    entry.mutations.push_back(forget_changes(stream.id(), now_ms - kDayMs));
    entry.mutations.push_back(insert_change(stream.id(), *change.counted, now_ms));
  }
  if (change.data_key) {
    std::ranges::copy(insert_data_key(stream.id(), *change.data_key),
                      std::back_inserter(entry.mutations));
  }
  std::ranges::copy(change.more, std::back_inserter(entry.mutations));
  return entry;
}

// Puts under way were numbered for the shards that close here before this runs; none is after it.
void Streams::apply(Stream& stream, Change change, std::int64_t now_ms) {
  if (change.data_key) stream.data_keys_.use(std::move(*change.data_key));
  stream.set_settings(std::move(change.settings));
  if (change.counted) stream.count_change(*change.counted, now_ms);
  if (change.reshard) stream.set_shards(stream.shards()->after(*change.reshard, now_ms));
}

asio::awaitable<Status> Streams::change(std::shared_ptr<Stream> stream, Decide decide) {
  auto claim = Claim::take(stream);
  if (!claim) co_return std::unexpected(std::move(claim).error());
  const std::int64_t now = environment_.clock.wall_now().ms;
  auto change = decide(*stream, now);
  if (!change) co_return std::unexpected(std::move(change).error());
  if (!*change) co_return Status{};
  const auto committed =
      co_await storage::commit(environment_.store, entry_of(*stream, **change, now));
  if (!committed) co_return std::unexpected(committed.error());
  if (committed->refused_by) co_return no_such_stream(stream->key());
  apply(*stream, std::move(**change), now);
  std::move(*claim).done();
  co_return Status{};
}

Status Streams::change_blocking(const std::shared_ptr<Stream>& stream, const Decide& decide) {
  ASSIGN_OR_RETURN(Claim claim, Claim::take(stream));
  const std::int64_t now = environment_.clock.wall_now().ms;
  ASSIGN_OR_RETURN(auto change, decide(*stream, now));
  if (!change) return {};
  ASSIGN_OR_RETURN(const storage::Committed committed,
                   environment_.store.submit_and_wait(entry_of(*stream, *change, now)));
  if (committed.refused_by) return no_such_stream(stream->key());
  apply(*stream, std::move(*change), now);
  std::move(claim).done();
  return {};
}

asio::awaitable<Status> Streams::split(std::shared_ptr<Stream> stream, ShardId shard, HashKey key) {
  if (stream->shards()->find(shard) == nullptr) co_return stream->no_such_shard(shard.text());
  Decide decide = [this, shard, key](const Stream& s,
                                     std::int64_t now) -> Result<std::optional<Change>> {
    Change change{.settings = s.settings()};
    RETURN_IF_ERROR(check_provisioned(change.settings, "SplitShard"));
    const auto shards = s.shards();
    ASSIGN_OR_RETURN(const Shard* whole, open_shard(s, *shards, shard));
    auto reshard = split_shard(*shards, *whole, key, now);
    if (!reshard) {
      return fail(ErrorCode::kInvalidArgument,
                  "NewStartingHashKey " + key.text() + " used in SplitShard() on shard " +
                      shard.text() + " in stream " + stream_of(s) +
                      " is not both greater than one plus the shard's StartingHashKey " +
                      whole->range.starting.text() + " and less than the shard's EndingHashKey " +
                      whole->range.ending.text() + ".");
    }
    RETURN_IF_ERROR(check_shard_room(s.key().account, s.key().region, 1));
    change.reshard = std::move(*reshard);
    return change;
  };
  co_return co_await change(std::move(stream), std::move(decide));
}

asio::awaitable<Status> Streams::merge(std::shared_ptr<Stream> stream, ShardId first,
                                       ShardId second) {
  for (const ShardId id : {first, second}) {
    if (stream->shards()->find(id) == nullptr) co_return stream->no_such_shard(id.text());
  }
  Decide decide = [first, second](const Stream& s,
                                  std::int64_t now) -> Result<std::optional<Change>> {
    Change change{.settings = s.settings()};
    RETURN_IF_ERROR(check_provisioned(change.settings, "MergeShards"));
    const auto shards = s.shards();
    ASSIGN_OR_RETURN(const Shard* a, open_shard(s, *shards, first));
    ASSIGN_OR_RETURN(const Shard* b, open_shard(s, *shards, second));
    auto reshard = merge_shards(*shards, *a, *b, now);
    if (!reshard) {
      return fail(ErrorCode::kInvalidArgument,
                  "Shards " + first.text() + " and " + second.text() + " in stream " +
                      stream_of(s) + " are not an adjacent pair of shards eligible for merging");
    }
    change.reshard = std::move(*reshard);
    return change;
  };
  co_return co_await change(std::move(stream), std::move(decide));
}

asio::awaitable<Result<std::uint32_t>> Streams::set_shard_count(std::shared_ptr<Stream> stream,
                                                                std::uint32_t target) {
  auto before = std::make_shared<std::uint32_t>(0);
  Decide decide = [this, target, before](const Stream& s,
                                         std::int64_t now) -> Result<std::optional<Change>> {
    Change change{.settings = s.settings(), .counted = CountedChange::kShardCount};
    RETURN_IF_ERROR(check_provisioned(change.settings, "UpdateShardCount"));
    const auto shards = s.shards();
    *before = static_cast<std::uint32_t>(shards->open().size());
    RETURN_IF_ERROR(check_target(s, *before, target));
    if (target > *before) {
      RETURN_IF_ERROR(check_shard_room(s.key().account, s.key().region, target - *before));
    }
    if (environment_.limits == Limits::kAws &&
        s.changes_today(CountedChange::kShardCount) >= kShardCountChangesMax) {
      return fail(ErrorCode::kLimitExceeded,
                  "Stream " + stream_of(s) + " can only be scaled " +
                      std::to_string(kShardCountChangesMax) +
                      " times within a 24 hour period by UpdateShardCount.");
    }
    change.reshard = reshard_uniformly(*shards, target, now);
    if (change.reshard->made.empty()) return std::optional<Change>{};
    return change;
  };
  Status changed = co_await change(std::move(stream), std::move(decide));
  if (!changed) co_return std::unexpected(std::move(changed).error());
  co_return *before;
}

// A stream that is changing already is left to the next window.
void Streams::follow_load(const std::shared_ptr<Stream>& stream) {
  const std::vector<ShardLoad> loads = stream->take_load();
  const std::size_t most = on_demand_shards_max(stream->key().region);
  const Decide decide = [&](const Stream& s, std::int64_t now) -> Result<std::optional<Change>> {
    Change change{.settings = s.settings()};
    const auto shards = s.shards();
    const std::size_t open = shards->open().size();
    if (change.settings.mode != StreamMode::kOnDemand || open >= most) {
      return std::optional<Change>{};
    }
    change.reshard = split_evenly(*shards, shards_to_split(*shards, loads, most - open), now);
    if (change.reshard->made.empty()) return std::optional<Change>{};
    return change;
  };
  const Status changed = change_blocking(stream, decide);
  const bool later_will_do = changed || changed.error().code == ErrorCode::kInUse ||
                             changed.error().code == ErrorCode::kNotFound;
  if (!later_will_do && environment_.warn) {
    environment_.warn("scaling " + stream->described() + ": " + changed.error().message);
  }
}

}  // namespace headrace::streams
