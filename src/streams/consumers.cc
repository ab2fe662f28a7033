#include "streams/consumers.h"

#include <utility>

#include "storage/commit.h"
#include "streams/streams.h"
#include "streams/subscription.h"

namespace headrace::streams {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kConsumersMax = 20;
constexpr std::size_t kCommittedConsumersMax = 50;
constexpr std::size_t kConsumersCreatingMax = 5;

std::int64_t integer(std::uint64_t value) { return static_cast<std::int64_t>(value); }

// Refuses an entry unless `condition`, of the stream ?1 and what else it names, holds.
storage::Mutation only_if(const std::string& condition, std::vector<storage::SqlValue> values) {
  return {"UPDATE streams SET deleted_ms=0 WHERE id=?1 AND deleted_ms=0" + condition,
          std::move(values), true};
}

}  // namespace

std::string ConsumerKey::arn() const {
  return ResourceKey{stream, ConsumerId{name.text(), created_s}}.arn();
}

std::optional<ConsumerKey> ConsumerKey::parse_arn(std::string_view arn) {
  auto resource = ResourceKey::parse_arn(arn);
  if (!resource || !resource->consumer) return std::nullopt;
  auto name = StreamName::parse(resource->consumer->name);
  if (!name) return std::nullopt;
  return ConsumerKey{std::move(resource->stream), std::move(*name), resource->consumer->created_s};
}

std::string_view status_name(ConsumerStatus status) {
  switch (status) {
    case ConsumerStatus::kCreating: return "CREATING";
    case ConsumerStatus::kActive: return "ACTIVE";
    case ConsumerStatus::kDeleting:
    case ConsumerStatus::kGone: return "DELETING";
  }
  return "DELETING";
}

Consumer::Consumer(ConsumerKey key, std::int64_t created_ms, std::int64_t deleted_ms, Clock& clock,
                   std::int64_t transition_ms)
    : key_(std::move(key)),
      created_ms_(created_ms),
      clock_(clock),
      transition_ms_(transition_ms),
      deleted_ms_(deleted_ms) {}

ConsumerStatus Consumer::status() const {
  const std::int64_t now = clock_.wall_now().ms;
  MutexLock lock(mutex_);
  if (deleted_ms_ != 0) {
    return now < deleted_ms_ + transition_ms_ ? ConsumerStatus::kDeleting : ConsumerStatus::kGone;
  }
  return now < created_ms_ + transition_ms_ ? ConsumerStatus::kCreating : ConsumerStatus::kActive;
}

std::string Consumer::described() const {
  return "Consumer " + key_.name.text() + " under stream " + key_.stream.name.text();
}

std::unexpected<Error> Consumer::not_found() const { return no_such_consumer(key_); }

Status Consumer::enter(ShardId shard, const std::shared_ptr<SubscriptionLink>& link) {
  const MonotonicTime now = clock_.monotonic_now();
  std::shared_ptr<SubscriptionLink> before;
  {
    MutexLock lock(mutex_);
    if (deleted_ms_ != 0) return not_found();
    const auto known = seats_.find(shard);
    if (known != seats_.end() && now - known->second.entered_at < kTakeOverAfter) {
      return fail(ErrorCode::kInUse, "Another active subscription exists for this consumer: " +
                                         key_.arn() + " and shard: " + shard.text());
    }
    Seat& seat = seats_[shard];
    before = std::exchange(seat.link, link);
    seat.entered_at = now;
  }
  if (before) {
    before->end(Error{ErrorCode::kInUse, "Another subscription of consumer " + key_.arn() +
                                             " to shard " + shard.text() + " took over."});
  }
  return {};
}

void Consumer::leave(ShardId shard, const SubscriptionLink* link) {
  MutexLock lock(mutex_);
  const auto seat = seats_.find(shard);
  if (seat != seats_.end() && seat->second.link.get() == link) seat->second.link.reset();
}

MonotonicTime Consumer::open_at(ShardId shard) {
  const MonotonicTime now = clock_.monotonic_now();
  MutexLock lock(mutex_);
  return seats_[shard].limit.open_at(now);
}

void Consumer::charge(ShardId shard, std::int64_t bytes) {
  const MonotonicTime now = clock_.monotonic_now();
  MutexLock lock(mutex_);
  seats_[shard].limit.charge(bytes, now);
}

void Consumer::set_deleted(std::int64_t ms) {
  {
    MutexLock lock(mutex_);
    if (deleted_ms_ == 0) deleted_ms_ = ms;
  }
  for (const auto& link : links()) link->end(not_found().error());
}

std::vector<std::shared_ptr<SubscriptionLink>> Consumer::links() const {
  std::vector<std::shared_ptr<SubscriptionLink>> links;
  MutexLock lock(mutex_);
  for (const auto& [shard, seat] : seats_) {
    if (seat.link) links.push_back(seat.link);
  }
  return links;
}

std::shared_ptr<Consumer> Consumers::find(const std::string& name) const {
  MutexLock lock(mutex_);
  const auto found = consumers_.find(name);
  if (found == consumers_.end() || found->second->status() == ConsumerStatus::kGone) return nullptr;
  return found->second;
}

std::vector<std::shared_ptr<Consumer>> Consumers::list(const std::string& after,
                                                       std::size_t count) const {
  std::vector<std::shared_ptr<Consumer>> found;
  MutexLock lock(mutex_);
  for (auto at = consumers_.upper_bound(after); at != consumers_.end(); ++at) {
    if (found.size() == count) break;
    if (at->second->status() != ConsumerStatus::kGone) found.push_back(at->second);
  }
  return found;
}

void Consumers::add(std::shared_ptr<Consumer> consumer) {
  MutexLock lock(mutex_);
  std::erase_if(consumers_,
                [](const auto& c) { return c.second->status() == ConsumerStatus::kGone; });
  const std::string& name = consumer->key().name.text();
  consumers_.insert_or_assign(name, std::move(consumer));
}

std::unexpected<Error> no_such_consumer(const ConsumerKey& key) {
  return fail(ErrorCode::kNotFound,
              "Consumer " + key.name.text() + ", account " + key.stream.account + " not found.");
}

std::size_t Streams::consumer_limit(const Stream& stream) const {
  const bool committed = stream.settings().mode == StreamMode::kOnDemand &&
                         accounts_.committed(stream.key().account, stream.key().region);
  return committed ? kCommittedConsumersMax : kConsumersMax;
}

Status Streams::load_consumers() {
  return environment_.store.metadata().query(
      "SELECT stream, name, created_ms, deleted_ms FROM consumers", {},
      [&](const storage::Row& row) {
        const auto stream = by_id(static_cast<std::uint64_t>(row.integer(0)));
        auto name = StreamName::parse(row.view(1));
        if (stream && name) {
          stream->consumers().add(
              make_consumer(*stream, std::move(*name), row.integer(2), row.integer(3)));
        }
        return true;
      });
}

std::shared_ptr<Consumer> Streams::make_consumer(const Stream& stream, StreamName name,
                                                 std::int64_t created_ms,
                                                 std::int64_t deleted_ms) const {
  ConsumerKey key{stream.key(), std::move(name), created_ms / 1000};
  return std::make_shared<Consumer>(std::move(key), created_ms, deleted_ms, environment_.clock,
                                    environment_.transition_ms);
}

// Counted where the log decides, after the consumer's row went in.
storage::Entry Streams::entry_of(const Stream& stream, const Consumer& consumer,
                                 const Tags& tags) const {
  const std::int64_t id = integer(stream.id());
  const std::string& name = consumer.key().name.text();
  const std::int64_t earlier = consumer.created_ms() - environment_.transition_ms;
  const bool limited = environment_.limits == Limits::kAws;
  const std::size_t limit = limited ? consumer_limit(stream) : SIZE_MAX / 2;
  const std::size_t creating = limited ? kConsumersCreatingMax : SIZE_MAX / 2;
  storage::Entry entry;
  entry.mutations.push_back(only_if("", {id}));
  entry.mutations.push_back(
      {"DELETE FROM consumers WHERE stream=?1 AND deleted_ms != 0 AND deleted_ms <= ?2",
       {id, earlier}});
  entry.mutations.push_back({"INSERT OR IGNORE INTO consumers VALUES(?1, ?2, ?3, 0)",
                             {id, name, consumer.created_ms()},
                             true});
  entry.mutations.push_back(
      only_if(" AND (SELECT count(*) FROM consumers WHERE stream=?1) <= ?2", {id, integer(limit)}));
  entry.mutations.push_back(
      only_if(" AND (SELECT count(*) FROM consumers WHERE stream=?1 AND deleted_ms=0"
              " AND created_ms > ?2) <= ?3",
              {id, earlier, integer(creating)}));
  for (const auto& [key, value] : tags) {
    entry.mutations.push_back(
        {"INSERT INTO consumer_tags VALUES(?1, ?2, ?3, ?4)", {id, name, key, value}});
  }
  return entry;
}

std::unexpected<Error> Streams::refused(const Stream& stream, const Consumer& consumer,
                                        std::size_t guard) const {
  const StreamKey& key = stream.key();
  switch (guard) {
    case 0: return no_such_stream(key);
    case 2:
      return fail(ErrorCode::kAlreadyExists,
                  consumer.described() + " already exists for account " + key.account + ".");
    case 3:
      return fail(ErrorCode::kLimitExceeded, "This request would exceed the limit of " +
                                                 std::to_string(consumer_limit(stream)) +
                                                 " registered consumers for " + stream.described() +
                                                 ".");
    default:
      return fail(ErrorCode::kLimitExceeded, "This request would exceed the limit of " +
                                                 std::to_string(kConsumersCreatingMax) +
                                                 " consumers in the CREATING state for " +
                                                 stream.described() + ".");
  }
}

asio::awaitable<Result<std::shared_ptr<Consumer>>> Streams::register_consumer(
    std::shared_ptr<Stream> stream, StreamName name, Tags tags) {
  const StreamStatus status = stream->status();
  if (status != StreamStatus::kUpdating) CO_RETURN_IF_ERROR(stream->check_active());
  auto consumer = make_consumer(*stream, std::move(name), environment_.clock.wall_now().ms, 0);
  if (tags.size() > kTagsMax) co_return too_many_tags(consumer->described());
  const auto committed =
      co_await storage::commit(environment_.store, entry_of(*stream, *consumer, tags));
  if (!committed) co_return std::unexpected(committed.error());
  if (committed->refused_by) co_return refused(*stream, *consumer, *committed->refused_by);
  stream->consumers().add(consumer);
  // The stream's deletion may have come between: it has marked the consumers that were added.
  const StreamStatus after = stream->status();
  if (after == StreamStatus::kDeleting || after == StreamStatus::kGone) {
    consumer->set_deleted(environment_.clock.wall_now().ms);
  }
  co_return consumer;
}

asio::awaitable<Status> Streams::deregister_consumer(std::shared_ptr<Stream> stream,
                                                     std::shared_ptr<Consumer> consumer) {
  const std::int64_t now = environment_.clock.wall_now().ms;
  const std::int64_t id = integer(stream->id());
  const std::string& name = consumer->key().name.text();
  storage::Entry entry;
  entry.mutations.push_back(
      {"UPDATE consumers SET deleted_ms=?4 WHERE stream=?1 AND name=?2 AND created_ms=?3"
       " AND deleted_ms=0",
       {id, name, consumer->created_ms(), now},
       true});
  for (const char* table : {"consumer_tags", "stream_policies"}) {
    entry.mutations.push_back(
        {std::string("DELETE FROM ") + table + " WHERE stream=?1 AND consumer=?2", {id, name}});
  }
  const auto committed = co_await storage::commit(environment_.store, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  if (committed->refused_by) co_return consumer->not_found();
  consumer->set_deleted(now);
  co_return Status{};
}

}  // namespace headrace::streams
