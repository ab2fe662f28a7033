// Blobs: bytes of objects. Small ones lie in volume files, beside one another; larger ones in a
// file each.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace headrace::storage {

// Where a blob lies. `volume` 0: in the file of its own that `id` names. Otherwise in that volume
// from `offset`.
struct Extent {
  std::uint64_t id = 0;
  std::uint32_t volume = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  bool operator==(const Extent&) const = default;
};

// As stored in a row: see docs/formats/metadata.md.
std::string encode_extents(const std::vector<Extent>& extents);
Result<std::vector<Extent>> decode_extents(std::string_view encoded);

// Up to this many bytes a blob travels inside its log entry.
inline constexpr std::size_t kInlineBlobBytesMax = 128 * 1024;

struct InlineBlob {
  Extent extent;
  std::string bytes;
};

// Writes a blob of any length into a file of its own. Unless an entry that names its extent
// commits, the file dies with the writer or at the next start. Not thread-safe; blocks on the disk.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;
  virtual Status append(std::string_view bytes) = 0;
  // Syncs file and name; the extent is then fit for an entry. kDiskFull may be retried.
  virtual Result<Extent> finish() = 0;
  // Call once the entry that names the extent was committed: the file is then kept.
  virtual void keep() = 0;
};

// Thread-safe.
class BlobStore {
 public:
  virtual ~BlobStore() = default;
  // A place for `size` <= kInlineBlobBytesMax bytes that an entry will carry.
  virtual Extent reserve(std::size_t size) = 0;
  virtual Result<std::unique_ptr<BlobWriter>> create() = 0;
  // Reads [offset, offset+size) of the blob. Blocks on the disk. kCorruption when it is not there.
  virtual Result<std::string> read(const Extent& extent, std::uint64_t offset,
                                   std::size_t size) = 0;
  // Says that a committed entry has dropped the last reference. Space returns when whole files are
  // free.
  virtual void release(const Extent& extent) = 0;
};

}  // namespace headrace::storage
