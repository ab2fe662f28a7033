// The Disk seam: every byte that must survive goes through here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace headrace::io {

enum class OpenMode {
  kRead,       // must exist
  kReadWrite,  // must exist
  kCreate,     // made when missing, kept when there
  kCreateNew,  // must not exist
};

// An open file. Offsets and sizes are bytes. Thread-safe as pread/pwrite are: calls on ranges that
// do not overlap may run at once. Errors: kDiskFull (ENOSPC, EDQUOT), kNotFound, kIo; kUnavailable
// (EMFILE, ENFILE): nothing was done for want of a descriptor.
class File {
 public:
  virtual ~File() = default;
  // Reads up to `size` bytes; fewer only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) = 0;
  // Writes all of `bytes` or fails; a failure may have written some.
  virtual Status write_at(std::uint64_t offset, std::string_view bytes) = 0;
  // Once it returns, everything written before survives power loss (the name does not: see
  // Disk::sync_directory). After a failure what is on the disk is unknown: never retry it.
  virtual Status sync() = 0;
  virtual Status truncate(std::uint64_t size) = 0;
  virtual Result<std::uint64_t> size() = 0;
  // For sendfile and friends; -1 where there is none.
  virtual int descriptor() const { return -1; }
};

// Paths are absolute or relative to the process; "/" separates.
class Disk {
 public:
  virtual ~Disk() = default;
  // `direct` asks for writes past the page cache (offset, size and memory aligned to
  // kDirectAlignment); where the file system refuses, the file opens buffered.
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode,
                                             bool direct = false) = 0;
  virtual Status remove(const std::string& path) = 0;
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status make_directory(const std::string& path) = 0;  // parents too; there already is fine
  virtual Status sync_directory(const std::string& path) = 0;
  // The same for a directory that is synced again and again: a call of what this answers needs no
  // open file of its own, of which there may be none left. Valid for as long as the disk is.
  virtual Result<std::function<Status()>> directory_sync(const std::string& path);
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;  // names, sorted
  virtual bool exists(const std::string& path) = 0;
  virtual Result<std::uint64_t> free_bytes(const std::string& path) = 0;
  // How many threads may well use the disk at once for one purpose; see at_once().
  virtual std::size_t threads_at_once() const { return 1; }
};

// Does work(item, thread) for each item below `count`, on as many threads as the disk takes; those
// are numbered from 0. Returns a failure if there was one: no item is begun after it, but those on
// other threads are finished.
Status at_once(const Disk& disk, std::size_t count,
               const std::function<Status(std::size_t item, std::size_t thread)>& work);

inline constexpr std::size_t kDirectAlignment = 4096;

// Whole small files.
Result<std::string> read_file(Disk& disk, const std::string& path);
// Replaces `path` so that a crash leaves the old content or the new one, durably; on a POSIX disk
// the new file is readable by its owner only.
Status write_file(Disk& disk, const std::string& path, std::string_view content);

}  // namespace headrace::io
