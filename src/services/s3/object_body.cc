#include "services/s3/object_body.h"

#include <functional>
#include <utility>

#include "objects/object_reader.h"

namespace headrace::services::s3 {
namespace {

boost::asio::awaitable<Result<std::string>> next_piece(
    std::shared_ptr<objects::ObjectReader> reader) {
  co_return co_await reader->next(kPieceBytes);
}

}  // namespace

http::BodySource object_body(const objects::ObjectStore& store, objects::Object object,
                             ByteRange range) {
  // Shared between the source's copies, since std::function has to be copyable.
  return std::bind_front(next_piece,
                         std::make_shared<objects::ObjectReader>(
                             store, std::make_shared<const objects::Object>(std::move(object)),
                             range.first, range.size));
}

boost::asio::awaitable<Status> copy_bytes(const objects::ObjectStore& store,
                                          std::shared_ptr<const objects::Object> object,
                                          ByteRange range, objects::Ingest& ingest) {
  objects::ObjectReader reader(store, std::move(object), range.first, range.size);
  while (reader.left() > 0) {
    CO_ASSIGN_OR_RETURN(const std::string piece, co_await reader.next(kPieceBytes));
    CO_RETURN_IF_ERROR(co_await ingest.append(piece));
  }
  co_return co_await ingest.finish();
}

}  // namespace headrace::services::s3
