#include "storage/log.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "storage/aligned_buffer.h"
#include "storage/crc.h"
#include "storage/encoding.h"
#include "storage/room.h"

namespace headrace::storage {
namespace {

// File header, one aligned block: {u64 magic, u32 version, u32 crc of what follows, u64 number,
// u64 position of the first frame}.
// As many as a checkpoint frees under load: with fewer, files would be removed and zeroed again.
constexpr std::size_t kSparesMax = 2;
constexpr std::uint64_t kFileMagic = 0x31474f4c45434148;  // "HACELOG1"
constexpr std::uint32_t kFileVersion = 1;
// Frame header: {u32 magic, u32 crc of what follows up to the payload's end, u64 position,
// u64 durable position, u64 payload size, u64 zero}.
constexpr std::uint32_t kFrameMagic = 0x4d415246;  // "FRAM"
constexpr std::uint64_t kZeroPieceBytes = 1ULL << 20;
constexpr std::uint64_t kScarceFileBytes = 1ULL << 20;  // of a file made while space is short

std::string name_of(const char* prefix, std::uint64_t number) {
  char name[64];
  std::snprintf(name, sizeof name, "%s%012llu.log", prefix,
                static_cast<unsigned long long>(number));
  return name;
}

bool is_numbered(const std::string& name) {
  const std::size_t digits = name.find_first_not_of("0123456789");
  return digits > 0 && digits != std::string::npos && name.substr(digits) == ".log";
}

Status write_file_header(io::File& file, std::uint64_t number, LogPosition first) {
  AlignedBuffer block(kFrameAlignment);
  char* out = block.data();
  store<std::uint64_t>(out, kFileMagic);
  store<std::uint32_t>(out + 8, kFileVersion);
  store<std::uint64_t>(out + 16, number);
  store<std::uint64_t>(out + 24, first);
  store<std::uint32_t>(out + 12, crc32c(block.view().substr(16)));
  return file.write_at(0, block.view());
}

// Of a file that is no part of the log yet, whatever is on the disk does not matter.
Error of_a_spare(Error error) {
  if (error.code == ErrorCode::kIo) error.code = ErrorCode::kUnavailable;
  return error;
}

}  // namespace

Result<std::shared_ptr<io::File>> Log::zeroed_file(const std::string& path, std::uint64_t bytes) {
  ASSIGN_OR_RETURN(std::shared_ptr<io::File> file, disk_.open(path, io::OpenMode::kCreate, true));
  AlignedBuffer zeroes(static_cast<std::size_t>(std::min(bytes, kZeroPieceBytes)));
  for (std::uint64_t offset = 0; offset < bytes; offset += zeroes.view().size()) {
    const std::size_t size =
        static_cast<std::size_t>(std::min<std::uint64_t>(zeroes.view().size(), bytes - offset));
    auto written = file->write_at(offset, zeroes.view().substr(0, size));
    if (!written) {
      file.reset();
      static_cast<void>(disk_.remove(path));  // else the next start does
      return std::unexpected(written.error());
    }
  }
  return file;
}

Status Log::load_files(std::vector<std::string>& damage) {
  RETURN_IF_ERROR(disk_.make_directory(options_.directory));
  ASSIGN_OR_RETURN(std::vector<std::string> names, disk_.list(options_.directory));
  for (const std::string& name : names) {
    // Half-zeroed, perhaps: cheaper to drop than to trust.
    if (name.starts_with("spare-")) RETURN_IF_ERROR(disk_.remove(path(name)));
  }
  std::erase_if(names, [](const std::string& name) { return !is_numbered(name); });
  for (const std::string& name : names) {
    LogFile file;
    file.name = name;
    ASSIGN_OR_RETURN(const Place place, load_header(file, damage));
    if (place == Place::kKnown) {
      files_.push_back(std::move(file));
    } else if (place == Place::kNone || (place == Place::kBlank && name == names.back())) {
      // The last one's header was never written, so nothing in it was acknowledged.
      RETURN_IF_ERROR(disk_.remove(path(name)));
    } else {
      damage.push_back(path(name) + ": the file's header and first frame are damaged; set aside");
      RETURN_IF_ERROR(disk_.rename(path(name), path("damaged-" + name)));
    }
  }
  return {};
}

Result<Log::Place> Log::load_header(LogFile& file, std::vector<std::string>& damage) {
  std::from_chars(file.name.data(), file.name.data() + file.name.size(), file.number);
  next_number_ = std::max(next_number_, file.number + 1);
  ASSIGN_OR_RETURN(file.file, disk_.open(path(file.name), io::OpenMode::kReadWrite, true));
  ASSIGN_OR_RETURN(file.size, file.file->size());
  AlignedBuffer blocks(2 * kFrameAlignment);
  ASSIGN_OR_RETURN(const std::size_t read,
                   file.file->read_at(0, blocks.data(), 2 * kFrameAlignment));
  const std::string_view header = blocks.view().substr(0, kFrameAlignment);
  const char* frame = blocks.data() + kFrameAlignment;
  const LogPosition known = files_.empty() ? 0 : files_.back().first;
  bool whole = load<std::uint64_t>(header.data()) == kFileMagic &&
               load<std::uint32_t>(header.data() + 12) == crc32c(header.substr(16));
  if (whole) {
    if (load<std::uint32_t>(header.data() + 8) > kFileVersion) {
      return fail(ErrorCode::kUnavailable, path(file.name) + " was written by a newer version");
    }
    // Power failed while the file changed its name, as a spare or from one: what it held under the
    // header's number was cut, and under its own it never held anything.
    if (load<std::uint64_t>(header.data() + 16) != file.number) return Place::kNone;
    file.first = load<std::uint64_t>(header.data() + 24);
    whole = file.first >= known;
  }
  if (!whole) {
    file.first = load<std::uint64_t>(frame + 8);
    LogPosition durable = 0;
    std::uint64_t size = 0;
    if (read < 2 * kFrameAlignment || !read_frame(file, file.first, &durable, &size) ||
        file.first < known) {
      const bool blank = blocks.view().find_first_not_of('\0') == std::string_view::npos;
      return blank ? Place::kBlank : Place::kUnknown;
    }
    damage.push_back(path(file.name) + ": the file's header is damaged; its frames are whole");
  }
  file.end = file.first;
  return Place::kKnown;
}

// The payload of the frame at `position`, or kNotFound when there is no whole frame there.
Result<std::string> Log::read_frame(LogFile& file, LogPosition position, LogPosition* durable,
                                    std::uint64_t* size) {
  const std::uint64_t offset = kFrameAlignment + (position - file.first);
  AlignedBuffer block(kFrameAlignment);
  ASSIGN_OR_RETURN(std::size_t read, file.file->read_at(offset, block.data(), kFrameAlignment));
  if (read < kFrameHeaderBytes) return fail(ErrorCode::kNotFound, "end of file");
  const char* header = block.data();
  const auto payload = load<std::uint64_t>(header + 24);
  *durable = load<std::uint64_t>(header + 16);
  *size = align_up(kFrameHeaderBytes + payload);
  if (load<std::uint32_t>(header) != kFrameMagic || load<std::uint64_t>(header + 8) != position ||
      payload > file.size || offset + *size > file.size) {
    return fail(ErrorCode::kNotFound, "no frame");
  }
  AlignedBuffer whole(*size);
  ASSIGN_OR_RETURN(read, file.file->read_at(offset, whole.data(), *size));
  if (read != *size) return fail(ErrorCode::kNotFound, "end of file");
  const std::string_view covered = whole.view().substr(8, kFrameHeaderBytes - 8 + payload);
  if (load<std::uint32_t>(whole.data() + 4) != crc32c(covered)) {
    return fail(ErrorCode::kNotFound, "checksum");
  }
  return std::string(whole.view().substr(kFrameHeaderBytes, payload));
}

// A frame that says "everything before me was synced" proves that a hole before it was once
// acknowledged: damage, not a torn tail. Answers that frame's position, or kNotFound.
Result<LogPosition> Log::find_acknowledged_after(LogFile& file, LogPosition position,
                                                 LogPosition until) {
  AlignedBuffer piece(kZeroPieceBytes);
  LogPosition start = position + kFrameAlignment;
  while (start < until && kFrameAlignment + (start - file.first) < file.size) {
    ASSIGN_OR_RETURN(
        const std::size_t read,
        file.file->read_at(kFrameAlignment + (start - file.first), piece.data(), kZeroPieceBytes));
    for (std::size_t at = 0; at + kFrameHeaderBytes <= read; at += kFrameAlignment) {
      const char* header = piece.data() + at;
      LogPosition durable = 0;
      std::uint64_t size = 0;
      if (load<std::uint32_t>(header) == kFrameMagic &&
          load<std::uint64_t>(header + 8) == start + at &&
          load<std::uint64_t>(header + 16) > position && start + at < until &&
          read_frame(file, start + at, &durable, &size)) {
        return start + at;
      }
    }
    if (read < kZeroPieceBytes) break;
    start += kZeroPieceBytes;
  }
  return fail(ErrorCode::kNotFound, "nothing later");
}

Result<LogPosition> Log::scan_file(
    LogFile& file, LogPosition from, LogPosition until, std::vector<std::string>& damage,
    const std::function<Status(LogPosition, std::string_view)>& visit) {
  LogPosition position = std::max(from, file.first);
  while (position < until) {
    LogPosition durable = 0;
    std::uint64_t size = 0;
    auto payload = read_frame(file, position, &durable, &size);
    if (payload) {
      RETURN_IF_ERROR(visit(position, *payload));
      position += size;
      continue;
    }
    const auto later = find_acknowledged_after(file, position, until);
    if (!later) break;
    damage.push_back(path(file.name) + ": bytes " +
                     std::to_string(kFrameAlignment + (position - file.first)) + " to " +
                     std::to_string(kFrameAlignment + (*later - file.first)) +
                     " are damaged; the entries there are lost");
    position = *later;
  }
  return position;
}

Result<LogScan> Log::open(
    LogPosition from, const std::function<Status(LogPosition, std::string_view payload)>& visit) {
  MutexLock lock(mutex_);
  LogScan scan;
  scan.end = from;
  RETURN_IF_ERROR(load_files(scan.damage));
  ASSIGN_OR_RETURN(sync_names_, disk_.directory_sync(options_.directory));
  for (std::size_t i = 0; i < files_.size(); ++i) {
    LogFile& file = files_[i];
    const LogPosition until = i + 1 < files_.size() ? files_[i + 1].first : UINT64_MAX;
    file.end = std::min(until, std::max(file.first, scan.end));
    if (until <= from) continue;
    if (file.first > scan.end) {
      scan.damage.push_back(path(file.name) + ": the log before it, from position " +
                            std::to_string(scan.end) + " to " + std::to_string(file.first) +
                            ", is damaged; the entries there are lost");
    }
    ASSIGN_OR_RETURN(scan.end,
                     scan_file(file, std::max(from, scan.end), until, scan.damage, visit));
    file.end = std::max(file.first, scan.end);
  }
  end_ = scan.end;
  // Past the bound if need be: the checkpoint that would cut the log comes after recovery.
  RETURN_IF_ERROR(roll(0, UINT64_MAX));
  return scan;
}

Status Log::roll(std::uint64_t frame_bytes, std::uint64_t bytes_max) {
  const std::uint64_t wanted = kFrameAlignment + frame_bytes;
  std::uint64_t used = 0;
  for (const LogFile& file : files_) used += file.size;
  const auto spare = std::find_if(spares_.begin(), spares_.end(),
                                  [&](const LogFile& s) { return s.size >= wanted; });
  LogFile next;
  if (spare != spares_.end()) {
    if (used + spare->size > bytes_max && files_.size() > 1) {
      return fail(ErrorCode::kLimitExceeded, "the log is full until it is cut");
    }
    next = std::move(*spare);
    spares_.erase(spare);
  } else {
    next.size = std::max(wanted, files_.empty() ? options_.first_file_bytes : options_.file_bytes);
    if (!check_room(disk_, options_.directory, next.size, options_.reserve_bytes)) {
      // What may still be written then, such as what deletes, needs little.
      next.size = std::max(wanted, std::min(next.size, kScarceFileBytes));
    }
    if (used + next.size > bytes_max && files_.size() > 1) {
      return fail(ErrorCode::kLimitExceeded, "the log is full until it is cut");
    }
    next.name = name_of("spare-", next_spare_++);
    auto made = zeroed_file(path(next.name), next.size);
    if (!made) return std::unexpected(of_a_spare(std::move(made).error()));
    next.file = std::move(*made);
  }
  next.number = next_number_;
  next.first = end_;
  next.end = end_;
  RETURN_IF_ERROR(take_up(next));
  ++next_number_;
  files_.push_back(std::move(next));
  return {};
}

// Makes a spare a file of the log: with its header first, since under the log's name an older one
// would tell the next start a wrong place. kIo: it is unknown whether the name is on the disk.
Status Log::take_up(LogFile& file) {
  const std::string name = name_of("", file.number);
  Status written = write_file_header(*file.file, file.number, file.first);
  if (written && options_.sync) written = file.file->sync();
  if (!written) {
    static_cast<void>(disk_.remove(path(file.name)));  // else the next start does
    return std::unexpected(of_a_spare(std::move(written).error()));
  }
  if (Status named = disk_.rename(path(file.name), path(name)); !named) {
    static_cast<void>(disk_.remove(path(file.name)));
    return named;
  }
  file.name = name;
  if (!options_.sync) return {};
  const Status synced = sync_names_();
  return synced ? Status{} : fail(ErrorCode::kIo, synced.error().message);
}

Result<Frame> Log::reserve(std::size_t payload_bytes) {
  MutexLock lock(mutex_);
  const std::uint64_t size = align_up(kFrameHeaderBytes + payload_bytes);
  const LogFile* file = &files_.back();
  if (kFrameAlignment + (end_ - file->first) + size > file->size) {
    RETURN_IF_ERROR(roll(size, options_.bytes_max));
    file = &files_.back();
  }
  Frame frame{.position = end_,
              .size = size,
              .file = file->file,
              .offset = kFrameAlignment + (end_ - file->first)};
  end_ += size;
  files_.back().end = end_;
  return frame;
}

Status Log::write(const Frame& frame, char* buffer, std::size_t payload_bytes,
                  LogPosition durable) {
  CHECK(frame.size == align_up(kFrameHeaderBytes + payload_bytes));
  store<std::uint32_t>(buffer, kFrameMagic);
  store<std::uint64_t>(buffer + 8, frame.position);
  store<std::uint64_t>(buffer + 16, durable);
  store<std::uint64_t>(buffer + 24, payload_bytes);
  store<std::uint64_t>(buffer + 32, 0);
  store<std::uint32_t>(buffer + 4, crc32c({buffer + 8, kFrameHeaderBytes - 8 + payload_bytes}));
  return frame.file->write_at(frame.offset, {buffer, frame.size});
}

Status Log::sync(const Frame& frame) { return options_.sync ? frame.file->sync() : Status{}; }

Status Log::cut(LogPosition position) {
  Status last;
  std::vector<LogFile> doomed;
  {
    MutexLock lock(mutex_);
    while (files_.size() > 1 && files_.front().end <= position) {
      LogFile old = std::move(files_.front());
      files_.erase(files_.begin());
      const std::string spare = name_of("spare-", next_spare_);
      if (spares_.size() < kSparesMax && old.size == options_.file_bytes &&
          disk_.rename(path(old.name), path(spare))) {
        ++next_spare_;
        old.name = spare;
        spares_.push_back(std::move(old));
      } else {
        doomed.push_back(std::move(old));
      }
    }
  }
  // Without the lock, which commits wait for: it takes tens of milliseconds for each.
  for (LogFile& old : doomed) {
    old.file.reset();
    // One that stays, the next start finds before the checkpoint and cuts.
    if (Status removed = disk_.remove(path(old.name)); !removed) last = std::move(removed);
  }
  return last;
}

bool Log::wants_spare() const {
  MutexLock lock(mutex_);
  if (!spares_.empty()) return false;
  const LogFile& last = files_.back();
  return (end_ - last.first) * 2 > last.size;
}

Status Log::prepare_spare() {
  LogFile spare;
  {
    MutexLock lock(mutex_);
    spare.name = name_of("spare-", next_spare_++);
    spare.size = options_.file_bytes;
  }
  RETURN_IF_ERROR(check_room(disk_, options_.directory, spare.size, options_.reserve_bytes));
  ASSIGN_OR_RETURN(spare.file, zeroed_file(path(spare.name), spare.size));
  if (Status synced = options_.sync ? spare.file->sync() : Status{}; !synced) {
    static_cast<void>(disk_.remove(path(spare.name)));
    return synced;
  }
  MutexLock lock(mutex_);
  spares_.push_back(std::move(spare));
  return {};
}

std::uint64_t Log::used_bytes() const {
  MutexLock lock(mutex_);
  std::uint64_t used = 0;
  for (const LogFile& file : files_) used += file.end - file.first;
  return used;
}

}  // namespace headrace::storage
