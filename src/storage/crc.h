// CRC32C, as all our files carry it (RFC 3720, B.4).
#pragma once

#include <cstdint>
#include <string_view>

namespace headrace::storage {

// Of `bytes` following those that gave `seed`; start with 0.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);

}  // namespace headrace::storage
