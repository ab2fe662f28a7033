// Blobs: bytes of objects. Small ones lie in volume files, beside one another; larger ones in a
// file each.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "io/disk.h"

namespace headrace::storage {

// Where a blob lies. `volume` 0: in the file of its own that `id` names. Otherwise in that volume
// from `offset`.
struct Extent {
  std::uint64_t id = 0;
  std::uint32_t volume = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint32_t crc = 0;  // CRC32C of the bytes, for `headrace verify`
  bool operator==(const Extent&) const = default;
};

// As rows hold them: see docs/formats/metadata.md.
std::string encode_extents(const std::vector<Extent>& extents);
Result<std::vector<Extent>> decode_extents(std::string_view encoded);

// Up to this many bytes a blob travels inside its log entry.
inline constexpr std::size_t kInlineBlobBytesMax = 128UL * 1024;

struct InlineBlob {
  Extent extent;
  std::string bytes;
};

// Writes a blob of any length into a file of its own. Unless an entry that names its extent
// commits, the file dies with the writer or at the next start. Not thread-safe; blocks on the disk.
class BlobWriter {
 public:
  ~BlobWriter();
  BlobWriter(const BlobWriter&) = delete;
  BlobWriter& operator=(const BlobWriter&) = delete;

  Status append(std::string_view bytes);
  // Syncs file and name; the extent is then fit for an entry. kDiskFull from either call leaves
  // the writer usable: the same call may be tried again.
  Result<Extent> finish();
  // Call before submitting an entry that names the extent, since whoever waits for the commit may
  // be gone when it comes; and with false when the entry was not committed.
  void keep(bool kept = true);
  std::uint64_t size() const { return size_; }

 private:
  friend class BlobStore;
  BlobWriter(io::Disk& disk, std::string directory, std::uint64_t id,
             std::unique_ptr<io::File> file, bool sync, std::uint64_t reserve_bytes);

  io::Disk& disk_;
  std::string directory_;
  std::uint64_t id_;
  std::unique_ptr<io::File> file_;
  bool sync_;
  std::uint64_t reserve_bytes_;
  std::uint64_t size_ = 0;
  std::uint32_t crc_ = 0;
  bool kept_ = false;
};

// Thread-safe. An extent is freed by an entry that inserts its encoding into the table
// `garbage(extents)`, in the same entry that drops the last reference: the store returns the
// space at its leisure.
class BlobStore {
 public:
  struct State;
  explicit BlobStore(std::unique_ptr<State> state);
  ~BlobStore();

  // A place for at most kInlineBlobBytesMax bytes that an entry will carry.
  Extent reserve(std::string_view bytes);
  Result<std::unique_ptr<BlobWriter>> create();
  // Reads [offset, offset+size) of the blob. Blocks on the disk. kCorruption when it is not there.
  Result<std::string> read(const Extent& extent, std::uint64_t offset, std::size_t size);
  // While the pin lives, no bytes are taken away that were not garbage when it was made. Make it
  // before looking up the row whose extents are to be read.
  std::shared_ptr<const void> pin();
  // Reads all of the blob and compares it with its checksum. Blocks. kCorruption names the place.
  Status check(const Extent& extent);

  State& state() { return *state_; }  // for Store

 private:
  std::unique_ptr<State> state_;
};

}  // namespace headrace::storage
