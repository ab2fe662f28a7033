// Resource policies of streams and consumers. They are kept, not yet enforced.
#include <utility>

#include "storage/commit.h"
#include "streams/resource_rows.h"
#include "streams/streams.h"

namespace headrace::streams {

namespace asio = boost::asio;

namespace {

std::int64_t integer(std::uint64_t value) { return static_cast<std::int64_t>(value); }

// The consumer's column: a stream's own policy has an empty one.
std::string consumer_of(const Resource& resource) {
  return resource.consumer ? resource.consumer->name : std::string();
}

std::unexpected<Error> no_policy(const Resource& resource) {
  const ResourceKey key{resource.stream->key(), resource.consumer};
  return fail(ErrorCode::kNotFound, "No resource policy found for resource ARN " + key.arn());
}

}  // namespace

asio::awaitable<Result<std::string>> Streams::policy(Resource resource) const {
  auto work = [this, resource]() -> Result<std::string> {
    RETURN_IF_ERROR(check_exists(environment_.store.metadata(), resource));
    std::optional<std::string> policy;
    RETURN_IF_ERROR(environment_.store.metadata().query(
        "SELECT policy FROM stream_policies WHERE stream=?1 AND consumer=?2",
        {integer(resource.stream->id()), consumer_of(resource)}, [&](const storage::Row& row) {
          policy = row.text(0);
          return false;
        }));
    if (!policy) return no_policy(resource);
    return std::move(*policy);
  };
  co_return co_await environment_.pool.run(std::move(work));
}

asio::awaitable<Status> Streams::set_policy(Resource resource, std::string policy) {
  CO_RETURN_IF_ERROR(check_settled(*resource.stream));
  storage::Entry entry;
  entry.mutations.push_back(guard_of(resource));
  entry.mutations.push_back(
      {"INSERT OR REPLACE INTO stream_policies VALUES(?1, ?2, ?3)",
       {integer(resource.stream->id()), consumer_of(resource), std::move(policy)}});
  const auto committed = co_await storage::commit(environment_.store, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  if (committed->refused_by) co_return no_such_resource(resource);
  co_return Status{};
}

asio::awaitable<Status> Streams::remove_policy(Resource resource) {
  CO_RETURN_IF_ERROR(check_settled(*resource.stream));
  storage::Entry entry;
  entry.mutations.push_back(guard_of(resource));
  entry.mutations.push_back({"DELETE FROM stream_policies WHERE stream=?1 AND consumer=?2",
                             {integer(resource.stream->id()), consumer_of(resource)},
                             true});
  const auto committed = co_await storage::commit(environment_.store, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  if (committed->refused_by == 0U) co_return no_such_resource(resource);
  if (committed->refused_by) co_return no_policy(resource);
  co_return Status{};
}

}  // namespace headrace::streams
