// The real disk.
#pragma once

#include "io/disk.h"

namespace headrace::io {

// Thread-safe. Files are made readable and writable by their owner only, directories likewise.
class PosixDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode, bool direct) override;
  Status remove(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status make_directory(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<std::function<Status()>> directory_sync(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  bool exists(const std::string& path) override;
  Result<std::uint64_t> free_bytes(const std::string& path) override;
  // The kernel makes one flush of the device of those that are asked for at once: 1,000 files are
  // synced in a tenth of the time. (A syncfs would wait for what other programs have written too.)
  std::size_t threads_at_once() const override { return 8; }
};

// Holds an advisory lock on a file for as long as it lives: one process per data directory.
class DirectoryLock {
 public:
  // kInUse when another process holds it; the message names that process.
  static Result<std::unique_ptr<DirectoryLock>> take(const std::string& path);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace headrace::io
