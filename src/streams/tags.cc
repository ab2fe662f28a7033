// Tags of streams.
#include <utility>

#include "storage/commit.h"
#include "streams/streams.h"

namespace headrace::streams {

namespace asio = boost::asio;

namespace {

std::int64_t integer(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

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
  if (committed->refused_by == 0U) co_return no_such_stream(stream->key());
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

}  // namespace headrace::streams
