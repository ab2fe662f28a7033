// The cyclic redundancy checks of our files and of S3: CRC32C, CRC32 (as zip), CRC-64/NVME.
#pragma once

#include <cstdint>
#include <string_view>

namespace headrace {

// Each of `bytes` following those that gave `seed`; start with 0. The result of a whole message is
// the standard's value (of "123456789": e3069283, cbf43926, ae8b14860a799888).
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);
std::uint32_t crc32(std::string_view bytes, std::uint32_t seed = 0);
std::uint64_t crc64nvme(std::string_view bytes, std::uint64_t seed = 0);

// The same functions without SIMD: what other processors run, and the tests' measure.
namespace plain {
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);
std::uint32_t crc32(std::string_view bytes, std::uint32_t seed = 0);
std::uint64_t crc64nvme(std::string_view bytes, std::uint64_t seed = 0);
}  // namespace plain

}  // namespace headrace
