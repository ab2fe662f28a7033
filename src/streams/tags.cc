// Tags of streams and consumers.
#include <utility>

#include "storage/commit.h"
#include "streams/resource_rows.h"
#include "streams/streams.h"

namespace headrace::streams {

namespace asio = boost::asio;

namespace {

// Streams and consumers keep their tags in a table each, which differ in a column.
class TagRows {
 public:
  explicit TagRows(const Resource& resource) : of_consumer_(resource.consumer) {
    owner_.emplace_back(static_cast<std::int64_t>(resource.stream->id()));
    if (of_consumer_) owner_.emplace_back(resource.consumer->name);
  }

  storage::Mutation put(const std::string& key, const std::string& value) const {
    return {of_consumer_ ? "INSERT OR REPLACE INTO consumer_tags VALUES(?1, ?2, ?3, ?4)"
                         : "INSERT OR REPLACE INTO stream_tags VALUES(?1, ?2, ?3)",
            with({key, value})};
  }
  storage::Mutation remove(const std::string& key) const {
    return {of_consumer_ ? "DELETE FROM consumer_tags WHERE stream=?1 AND consumer=?2 AND key=?3"
                         : "DELETE FROM stream_tags WHERE stream=?1 AND key=?2",
            with({key})};
  }
  // Counted where the log decides: a guard that finds too many undoes the entry.
  storage::Mutation at_most(std::size_t tags) const {
    const auto count = static_cast<std::int64_t>(tags);
    if (of_consumer_) {
      return {
          "UPDATE consumers SET deleted_ms=0 WHERE stream=?1 AND name=?2 AND (SELECT count(*)"
          " FROM consumer_tags WHERE stream=?1 AND consumer=?2) <= ?3",
          with({count}), true};
    }
    return {
        "UPDATE streams SET deleted_ms=0 WHERE id=?1 AND"
        " (SELECT count(*) FROM stream_tags WHERE stream=?1) <= ?2",
        with({count}), true};
  }
  Result<Tags> read(storage::Metadata& metadata) const {
    Tags tags;
    RETURN_IF_ERROR(metadata.query(
        of_consumer_ ? "SELECT key, value FROM consumer_tags WHERE stream=?1 AND consumer=?2"
                     : "SELECT key, value FROM stream_tags WHERE stream=?1",
        owner_, [&](const storage::Row& row) {
          tags[row.text(0)] = row.text(1);
          return true;
        }));
    return tags;
  }

 private:
  std::vector<storage::SqlValue> with(std::vector<storage::SqlValue> more) const {
    std::vector<storage::SqlValue> values = owner_;
    values.insert(values.end(), more.begin(), more.end());
    return values;
  }

  bool of_consumer_;
  std::vector<storage::SqlValue> owner_;
};

std::string described(const Resource& resource) {
  if (!resource.consumer) return resource.stream->described();
  return "consumer " + resource.consumer->name + " of " + resource.stream->described();
}

}  // namespace

asio::awaitable<Result<Tags>> Streams::tags(Resource resource) const {
  auto work = [this, resource]() -> Result<Tags> {
    storage::Metadata& metadata = environment_.store.metadata();
    RETURN_IF_ERROR(check_exists(metadata, resource));
    return TagRows(resource).read(metadata);
  };
  co_return co_await environment_.pool.run(std::move(work));
}

std::size_t Streams::tags_max() const {
  return environment_.limits == Limits::kAws ? kTagsMax : INT32_MAX;
}

std::unexpected<Error> Streams::too_many_tags(const std::string& resource) {
  return fail(ErrorCode::kInvalidArgument,
              "Failed to add tags to " + resource + " because a given " +
                  resource.substr(0, resource.find(' ')) + " cannot have more than " +
                  std::to_string(kTagsMax) + " tags associated with it.");
}

asio::awaitable<Status> Streams::tag(Resource resource, Tags tags) {
  CO_RETURN_IF_ERROR(check_settled(*resource.stream));
  const TagRows rows(resource);
  storage::Entry entry;
  entry.mutations.push_back(guard_of(resource));
  for (const auto& [key, value] : tags) entry.mutations.push_back(rows.put(key, value));
  entry.mutations.push_back(rows.at_most(tags_max()));
  const auto committed = co_await storage::commit(environment_.store, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  if (committed->refused_by == 0U) co_return no_such_resource(resource);
  if (committed->refused_by) co_return too_many_tags(described(resource));
  co_return Status{};
}

asio::awaitable<Status> Streams::untag(Resource resource, std::vector<std::string> keys) {
  CO_RETURN_IF_ERROR(check_settled(*resource.stream));
  const TagRows rows(resource);
  storage::Entry entry;
  entry.mutations.push_back(guard_of(resource));
  for (const std::string& key : keys) entry.mutations.push_back(rows.remove(key));
  const auto committed = co_await storage::commit(environment_.store, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  if (committed->refused_by) co_return no_such_resource(resource);
  co_return Status{};
}

}  // namespace headrace::streams
