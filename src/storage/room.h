// What is kept free on the disk, so that there is room for metadata, and so for deleting.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "io/disk.h"

namespace headrace::storage {

// kDiskFull when `bytes` more below `directory` would leave less than `reserve` bytes free.
Status check_room(io::Disk& disk, const std::string& directory, std::uint64_t bytes,
                  std::uint64_t reserve);

}  // namespace headrace::storage
