#include "objects/object_reader.h"

#include <algorithm>
#include <utility>

#include "storage/crc.h"

namespace headrace::objects {

ObjectReader::ObjectReader(const ObjectStore& store, std::shared_ptr<const Object> object,
                           std::uint64_t offset, std::uint64_t size)
    : store_(store), object_(std::move(object)), at_(offset), left_(size), checked_from_(offset) {
  while (extent_ < object_->extents.size() &&
         extent_start_ + object_->extents[extent_].size <= at_) {
    extent_start_ += object_->extents[extent_++].size;
  }
}

boost::asio::awaitable<Result<std::string>> ObjectReader::next(std::size_t size_max) {
  if (left_ == 0) co_return std::string();
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(size_max, left_));
  CO_ASSIGN_OR_RETURN(std::string piece, co_await store_.read(object_, at_, size));
  CO_RETURN_IF_ERROR(check(piece));
  left_ -= size;
  co_return piece;
}

Status ObjectReader::check(std::string_view piece) {
  while (!piece.empty()) {
    const storage::Extent& extent = object_->extents[extent_];
    const std::uint64_t end = extent_start_ + extent.size;
    const std::string_view part = piece.substr(0, end - at_);
    crc_ = storage::crc32c(part, crc_);
    at_ += part.size();
    piece.remove_prefix(part.size());
    if (at_ < end) break;
    if (checked_from_ <= extent_start_ && crc_ != extent.crc) {
      return fail(ErrorCode::kCorruption, "object " + object_->key + " holds damaged bytes");
    }
    crc_ = 0;
    extent_start_ = end;
    ++extent_;
  }
  return {};
}

}  // namespace headrace::objects
