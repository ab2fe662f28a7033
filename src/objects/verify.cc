#include "objects/verify.h"

#include <utility>

namespace headrace::objects {
namespace {

void check(storage::Store& store, const std::string& whose, std::string_view encoded,
           Verified& verified) {
  ++verified.objects;
  const auto extents = storage::decode_extents(encoded);
  if (!extents) {
    verified.damage.push_back(whose + ": " + extents.error().message);
    return;
  }
  for (const storage::Extent& extent : *extents) {
    verified.bytes += extent.size;
    const Status whole = store.blobs().check(extent);
    if (!whole) verified.damage.push_back(whose + ": " + whole.error().message);
  }
}

}  // namespace

Result<Verified> verify(storage::Store& store) {
  Verified verified;
  RETURN_IF_ERROR(store.metadata().query(
      "SELECT buckets.name, objects.key, objects.extents FROM objects, buckets "
      "WHERE buckets.id = objects.bucket",
      {}, [&](const storage::Row& row) {
        check(store, "s3://" + row.text(0) + "/" + row.text(1), row.view(2), verified);
        return true;
      }));
  RETURN_IF_ERROR(store.metadata().query(
      "SELECT upload, number, extents FROM parts", {}, [&](const storage::Row& row) {
        check(store, "part " + row.text(1) + " of upload " + row.text(0), row.view(2), verified);
        return true;
      }));
  return verified;
}

}  // namespace headrace::objects
