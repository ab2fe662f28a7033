#include "storage/crc.h"

#include <isa-l/crc.h>

#include <algorithm>

namespace headrace::storage {

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed) {
  // ISA-L neither inverts at the start nor at the end, and reads only; its signature forgets const.
  auto* data = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
  constexpr std::size_t kPieceBytes = 1UL << 30;
  std::uint32_t crc = ~seed;
  for (std::size_t done = 0; done < bytes.size(); done += kPieceBytes) {
    const std::size_t size = std::min(kPieceBytes, bytes.size() - done);
    crc = crc32_iscsi(data + done, static_cast<int>(size), crc);
  }
  return ~crc;
}

}  // namespace headrace::storage
