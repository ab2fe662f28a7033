#include "storage/room.h"

namespace headrace::storage {

Status check_room(io::Disk& disk, const std::string& directory, std::uint64_t bytes,
                  std::uint64_t reserve) {
  const auto free = disk.free_bytes(directory);
  // Where the file system does not say, the write itself will.
  if (!free || (*free >= bytes && *free - bytes >= reserve)) return {};
  return fail(ErrorCode::kDiskFull, "the disk of " + directory + " is full");
}

}  // namespace headrace::storage
