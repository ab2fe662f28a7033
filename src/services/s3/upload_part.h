// What UploadPart and UploadPartCopy do alike.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "objects/object_store.h"

namespace headrace::services::s3 {

// kInvalidArgument unless 1..10,000.
Status check_part_number(std::int32_t number);

// The checksum to keep with a part: of the upload's algorithm.
objects::ChecksumAlgorithm part_algorithm(const objects::Upload& upload);

}  // namespace headrace::services::s3
