#include "storage/blob.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <utility>

#include "base/check.h"
#include "storage/blob_state.h"
#include "storage/crc.h"
#include "storage/room.h"

namespace headrace::storage {
namespace {

constexpr std::uint64_t kVolumeBytesMax = 256ULL << 20;

std::string blob_name(std::uint64_t id) {
  char name[32];
  std::snprintf(name, sizeof name, "%016" PRIx64 ".blob", id);
  return name;
}

}  // namespace

BlobWriter::BlobWriter(io::Disk& disk, std::string directory, std::uint64_t id,
                       std::unique_ptr<io::File> file, bool sync, std::uint64_t reserve_bytes)
    : disk_(disk),
      directory_(std::move(directory)),
      id_(id),
      file_(std::move(file)),
      sync_(sync),
      reserve_bytes_(reserve_bytes) {}

BlobWriter::~BlobWriter() {
  file_.reset();
  // What cannot be removed now is removed at the next start.
  if (!kept_) static_cast<void>(disk_.remove(directory_ + "/" + blob_name(id_)));
}

Status BlobWriter::append(std::string_view bytes) {
  RETURN_IF_ERROR(check_room(disk_, directory_, bytes.size(), reserve_bytes_));
  RETURN_IF_ERROR(file_->write_at(size_, bytes));
  size_ += bytes.size();
  crc_ = crc32c(bytes, crc_);
  return {};
}

Result<Extent> BlobWriter::finish() {
  if (sync_) {
    RETURN_IF_ERROR(file_->sync());
    RETURN_IF_ERROR(disk_.sync_directory(directory_));
  }
  Extent extent;
  extent.id = id_;
  extent.size = size_;
  extent.crc = crc_;
  return extent;
}

void BlobWriter::keep(bool kept) { kept_ = kept; }

std::string BlobStore::State::file_path(std::uint64_t id) const {
  return directory + "/" + blob_name(id);
}

std::string BlobStore::State::place(const Extent& extent) const {
  if (extent.volume == 0) return file_path(extent.id);
  return volume_path(extent.volume) + " at byte " + std::to_string(extent.offset);
}

std::string BlobStore::State::volume_path(std::uint32_t number) const {
  char name[32];
  std::snprintf(name, sizeof name, "%08" PRIx32 ".volume", number);
  return directory + "/" + name;
}

Status BlobStore::State::open() {
  RETURN_IF_ERROR(disk.make_directory(directory));
  ASSIGN_OR_RETURN(const std::vector<std::string> names, disk.list(directory));
  MutexLock lock(mutex);
  for (const std::string& name : names) {
    unsigned long long number = 0;
    if (name.ends_with(".blob") && std::sscanf(name.c_str(), "%llx", &number) == 1) {
      next_id = std::max<std::uint64_t>(next_id, number + 1);
    } else if (name.ends_with(".volume") && std::sscanf(name.c_str(), "%llx", &number) == 1) {
      volume = std::max(volume, static_cast<std::uint32_t>(number));
    }
  }
  if (disk.exists(volume_path(volume))) {
    ASSIGN_OR_RETURN(const auto file,
                     disk.open(volume_path(volume), io::OpenMode::kReadWrite, false));
    ASSIGN_OR_RETURN(volume_end, file->size());
  }
  return {};
}

Status BlobStore::State::collect_orphans(const std::set<std::uint64_t>& kept,
                                         const std::set<std::uint32_t>& live_volumes) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, disk.list(directory));
  for (const std::string& name : names) {
    unsigned long long id = 0;
    if (std::sscanf(name.c_str(), "%llx", &id) != 1) continue;
    if (name.ends_with(".blob") && !kept.contains(id)) RETURN_IF_ERROR(remove_file(id));
    const auto number = static_cast<std::uint32_t>(id);
    if (name.ends_with(".volume") && !live_volumes.contains(number) && !is_current(number)) {
      RETURN_IF_ERROR(remove_volume(number));
    }
  }
  if (!kept.empty()) next_id = std::max<std::uint64_t>(next_id, *kept.rbegin() + 1);
  return {};
}

Result<std::shared_ptr<io::File>> BlobStore::State::volume_file(std::uint32_t number, bool create) {
  MutexLock lock(mutex);
  auto& slot = volumes[number];
  if (!slot) {
    const bool is_new = !disk.exists(volume_path(number));
    if (is_new && !create) return fail(ErrorCode::kCorruption, volume_path(number) + " is missing");
    ASSIGN_OR_RETURN(slot, disk.open(volume_path(number), io::OpenMode::kCreate, false));
    if (is_new && sync) RETURN_IF_ERROR(disk.sync_directory(directory));
  }
  return slot;
}

Status BlobStore::State::apply(const InlineBlob& blob) {
  ASSIGN_OR_RETURN(const auto file, volume_file(blob.extent.volume, true));
  RETURN_IF_ERROR(file->write_at(blob.extent.offset, blob.bytes));
  MutexLock lock(mutex);
  dirty.insert(blob.extent.volume);
  const std::uint64_t end = blob.extent.offset + blob.extent.size;
  if (blob.extent.volume > volume || (blob.extent.volume == volume && end > volume_end)) {
    volume = blob.extent.volume;
    volume_end = end;
  }
  return {};
}

Status BlobStore::State::sync_volumes() {
  std::set<std::uint32_t> written;
  {
    MutexLock lock(mutex);
    written.swap(dirty);
  }
  for (const std::uint32_t number : written) {
    ASSIGN_OR_RETURN(const auto file, volume_file(number, true));
    if (sync) RETURN_IF_ERROR(file->sync());
  }
  return {};
}

Status BlobStore::State::remove_file(std::uint64_t id) { return disk.remove(file_path(id)); }

Status BlobStore::State::remove_volume(std::uint32_t number) {
  {
    MutexLock lock(mutex);
    volumes.erase(number);
    dirty.erase(number);
  }
  return disk.remove(volume_path(number));
}

bool BlobStore::State::is_current(std::uint32_t number) {
  MutexLock lock(mutex);
  return number >= volume;
}

std::int64_t BlobStore::State::take_garbage(std::int64_t last) {
  MutexLock lock(pins->mutex);
  if (!pins->held.empty()) last = std::min(last, *pins->held.begin());
  pins->taken = std::max(pins->taken, last);
  return last;
}

BlobStore::BlobStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
BlobStore::~BlobStore() = default;

Extent BlobStore::reserve(std::string_view bytes) {
  CHECK(bytes.size() <= kInlineBlobBytesMax);
  Extent extent;
  extent.size = bytes.size();
  extent.crc = crc32c(bytes);
  MutexLock lock(state_->mutex);
  if (state_->volume_end + bytes.size() > kVolumeBytesMax) {
    ++state_->volume;
    state_->volume_end = 0;
  }
  extent.volume = state_->volume;
  extent.offset = state_->volume_end;
  state_->volume_end += bytes.size();
  return extent;
}

Result<std::unique_ptr<BlobWriter>> BlobStore::create() {
  const std::uint64_t id = state_->next_id++;
  ASSIGN_OR_RETURN(auto file,
                   state_->disk.open(state_->file_path(id), io::OpenMode::kCreateNew, false));
  return std::unique_ptr<BlobWriter>(new BlobWriter(
      state_->disk, state_->directory, id, std::move(file), state_->sync, state_->reserve_bytes));
}

Result<std::string> BlobStore::read(const Extent& extent, std::uint64_t offset, std::size_t size) {
  CHECK(offset + size <= extent.size);
  std::shared_ptr<io::File> file;
  std::uint64_t start = offset;
  if (extent.volume != 0) {
    ASSIGN_OR_RETURN(file, state_->volume_file(extent.volume, false));
    start += extent.offset;
  } else {
    auto opened = state_->disk.open(state_->file_path(extent.id), io::OpenMode::kRead, false);
    if (!opened) {
      if (opened.error().code != ErrorCode::kNotFound) return std::unexpected(opened.error());
      return fail(ErrorCode::kCorruption, state_->file_path(extent.id) + " is missing");
    }
    file = std::move(*opened);
  }
  std::string bytes(size, '\0');
  ASSIGN_OR_RETURN(const std::size_t read, file->read_at(start, bytes.data(), size));
  if (read != size) {
    return fail(ErrorCode::kCorruption, state_->place(extent) + " is shorter than its blob");
  }
  if (size == extent.size && crc32c(bytes) != extent.crc) {
    return fail(ErrorCode::kCorruption, state_->place(extent) + " holds damaged bytes");
  }
  return bytes;
}

std::shared_ptr<const void> BlobStore::pin() {
  const std::shared_ptr<Pins> pins = state_->pins;
  MutexLock lock(pins->mutex);
  const auto place = pins->held.insert(pins->taken);
  // The deleter is what matters; the pointer only has to be one.
  return {static_cast<const void*>(pins.get()), [pins, place](const void*) {
            MutexLock unpin(pins->mutex);
            pins->held.erase(place);
          }};
}

Status BlobStore::check(const Extent& extent) {
  constexpr std::uint64_t kPieceBytes = 1ULL << 20;
  std::uint32_t crc = 0;
  for (std::uint64_t offset = 0; offset < extent.size; offset += kPieceBytes) {
    const auto size = static_cast<std::size_t>(std::min(kPieceBytes, extent.size - offset));
    ASSIGN_OR_RETURN(const std::string bytes, read(extent, offset, size));
    crc = crc32c(bytes, crc);
  }
  if (crc == extent.crc) return {};
  return fail(ErrorCode::kCorruption, state_->place(extent) + " holds damaged bytes");
}

}  // namespace headrace::storage
