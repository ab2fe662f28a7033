// Objects' bytes on their way out, in pieces.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>

#include "http/message.h"
#include "objects/object_store.h"
#include "services/s3/byte_range.h"

namespace headrace::services::s3 {

inline constexpr std::size_t kPieceBytes = 256UL * 1024;

// Gives `range` of the object, kPieceBytes at a time. `store` outlives it.
http::BodySource object_body(const objects::ObjectStore& store, objects::Object object,
                             ByteRange range);

// Appends `range` of `object` to `ingest`, piece by piece, and finishes it.
boost::asio::awaitable<Status> copy_bytes(const objects::ObjectStore& store,
                                          std::shared_ptr<const objects::Object> object,
                                          ByteRange range, objects::Ingest& ingest);

}  // namespace headrace::services::s3
