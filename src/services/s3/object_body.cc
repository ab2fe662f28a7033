#include "services/s3/object_body.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace headrace::services::s3 {
namespace {

struct Progress {
  const objects::ObjectStore& store;
  std::shared_ptr<const objects::Object> object;
  ByteRange rest;
};

boost::asio::awaitable<Result<std::string>> next_piece(std::shared_ptr<Progress> progress) {
  if (progress->rest.size == 0) co_return std::string();
  const std::size_t size = std::min<std::uint64_t>(kPieceBytes, progress->rest.size);
  auto piece = co_await progress->store.read(progress->object, progress->rest.first, size);
  if (piece) {
    if (piece->empty()) {
      co_return fail(ErrorCode::kCorruption, "object is shorter than its row says");
    }
    progress->rest.first += piece->size();
    progress->rest.size -= std::min<std::uint64_t>(piece->size(), progress->rest.size);
  }
  co_return piece;
}

}  // namespace

http::BodySource object_body(const objects::ObjectStore& store, objects::Object object,
                             ByteRange range) {
  // Shared between the source's copies, since std::function has to be copyable.
  auto progress = std::make_shared<Progress>(
      Progress{store, std::make_shared<const objects::Object>(std::move(object)), range});
  return std::bind_front(next_piece, std::move(progress));
}

boost::asio::awaitable<Status> copy_bytes(const objects::ObjectStore& store,
                                          std::shared_ptr<const objects::Object> object,
                                          ByteRange range, objects::Ingest& ingest) {
  auto progress = std::make_shared<Progress>(Progress{store, std::move(object), range});
  while (progress->rest.size > 0) {
    CO_ASSIGN_OR_RETURN(const std::string piece, co_await next_piece(progress));
    CO_RETURN_IF_ERROR(co_await ingest.append(piece));
  }
  co_return co_await ingest.finish();
}

}  // namespace headrace::services::s3
