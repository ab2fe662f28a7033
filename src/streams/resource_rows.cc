#include "streams/resource_rows.h"

#include "streams/stream.h"

namespace headrace::streams {
namespace {

std::int64_t integer(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

storage::Mutation guard_of(const Resource& resource) {
  const std::int64_t stream = integer(resource.stream->id());
  if (!resource.consumer) {
    return {"UPDATE streams SET deleted_ms=0 WHERE id=?1 AND deleted_ms=0", {stream}, true};
  }
  return {
      "UPDATE consumers SET deleted_ms=0 WHERE stream=?1 AND name=?2 AND created_ms/1000=?3"
      " AND deleted_ms=0 AND EXISTS(SELECT 1 FROM streams WHERE id=?1 AND deleted_ms=0)",
      {stream, resource.consumer->name, resource.consumer->created_s},
      true};
}

Status check_exists(storage::Metadata& metadata, const Resource& resource) {
  if (!resource.consumer) return {};
  bool found = false;
  RETURN_IF_ERROR(metadata.query(
      "SELECT 1 FROM consumers WHERE stream=?1 AND name=?2 AND created_ms/1000=?3"
      " AND deleted_ms=0",
      {integer(resource.stream->id()), resource.consumer->name, resource.consumer->created_s},
      [&](const storage::Row&) {
        found = true;
        return false;
      }));
  if (!found) return no_such_resource(resource);
  return {};
}

std::unexpected<Error> no_such_resource(const Resource& resource) {
  const StreamKey& key = resource.stream->key();
  const std::string stream = key.name.text() + " under account " + key.account;
  if (!resource.consumer) return fail(ErrorCode::kNotFound, "Stream " + stream + " not found.");
  return fail(ErrorCode::kNotFound,
              "Consumer " + resource.consumer->name + " of stream " + stream + " not found.");
}

Status check_settled(const Stream& stream) {
  const StreamStatus now = stream.status();
  if (now == StreamStatus::kActive || now == StreamStatus::kUpdating) return {};
  return stream.check_active();
}

}  // namespace headrace::streams
