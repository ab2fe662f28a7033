#include "io/posix_disk.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace headrace::io {
namespace {

Error error_of(int number, const std::string& what) {
  const std::string message = what + ": " + std::generic_category().message(number);
  switch (number) {
    case ENOSPC:
    case EDQUOT: return {ErrorCode::kDiskFull, message};
    case ENOENT: return {ErrorCode::kNotFound, message};
    case EEXIST: return {ErrorCode::kAlreadyExists, message};
    case EACCES:
    case EPERM:
    case EROFS: return {ErrorCode::kAccessDenied, message};
    case EMFILE:
    case ENFILE: return {ErrorCode::kUnavailable, message};
    default: return {ErrorCode::kIo, message};
  }
}

std::unexpected<Error> failed(const std::string& what) {
  return std::unexpected<Error>(error_of(errno, what));
}

class PosixFile final : public File {
 public:
  PosixFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~PosixFile() override { ::close(descriptor_); }

  Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) override {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t n =
          ::pread(descriptor_, into + done, size - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return failed("read " + path_);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

  Status write_at(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n =
          ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return failed("write " + path_);
      bytes.remove_prefix(static_cast<std::size_t>(n));
      offset += static_cast<std::uint64_t>(n);
    }
    return {};
  }

  Status sync() override {
    if (::fdatasync(descriptor_) != 0) return failed("sync " + path_);
    return {};
  }

  Status truncate(std::uint64_t size) override {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) return failed("truncate " + path_);
    return {};
  }

  Result<std::uint64_t> size() override {
    struct stat status{};
    if (::fstat(descriptor_, &status) != 0) return failed("stat " + path_);
    return static_cast<std::uint64_t>(status.st_size);
  }

  int descriptor() const override { return descriptor_; }

 private:
  int descriptor_;
  std::string path_;
};

class Directory {
 public:
  static Result<std::shared_ptr<Directory>> open(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return failed("open " + path);
    return std::make_shared<Directory>(descriptor, path);
  }

  Directory(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~Directory() { ::close(descriptor_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  // Not fdatasync: a name that changed need not be what that calls data.
  Status sync() const {
    if (::fsync(descriptor_) != 0) return failed("sync " + path_);
    return {};
  }

 private:
  int descriptor_;
  std::string path_;
};

int flags_of(OpenMode mode) {
  switch (mode) {
    case OpenMode::kRead: return O_RDONLY;
    case OpenMode::kReadWrite: return O_RDWR;
    case OpenMode::kCreate: return O_RDWR | O_CREAT;
    case OpenMode::kCreateNew: return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

}  // namespace

Result<std::unique_ptr<File>> PosixDisk::open(const std::string& path, OpenMode mode, bool direct) {
  const int flags = flags_of(mode) | O_CLOEXEC;
  int descriptor = ::open(path.c_str(), flags | (direct ? O_DIRECT : 0), 0600);
  if (descriptor < 0 && direct && errno == EINVAL) {
    // The file system has no direct I/O; a file made by the refused call is there already.
    const int retry = mode == OpenMode::kCreateNew ? (flags & ~O_EXCL) : flags;
    descriptor = ::open(path.c_str(), retry, 0600);
  }
  if (descriptor < 0) return failed("open " + path);
  return std::make_unique<PosixFile>(descriptor, path);
}

Status PosixDisk::remove(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return std::unexpected<Error>(error_of(error.value(), "remove " + path));
  return {};
}

Status PosixDisk::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return failed("rename " + from + " to " + to);
  return {};
}

Status PosixDisk::make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string prefix = path.substr(0, end);
    if (::mkdir(prefix.c_str(), 0700) != 0 && errno != EEXIST) return failed("mkdir " + prefix);
    if (end == std::string::npos) return {};
  }
}

Status PosixDisk::sync_directory(const std::string& path) {
  ASSIGN_OR_RETURN(const auto directory, Directory::open(path));
  return directory->sync();
}

Result<std::function<Status()>> PosixDisk::directory_sync(const std::string& path) {
  ASSIGN_OR_RETURN(const auto directory, Directory::open(path));
  return [directory] { return directory->sync(); };
}

Result<std::vector<std::string>> PosixDisk::list(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> names;
  auto entry = std::filesystem::directory_iterator(directory, error);
  if (error) return std::unexpected<Error>(error_of(error.value(), "list " + directory));
  for (; entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (error) return std::unexpected<Error>(error_of(error.value(), "list " + directory));
    names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool PosixDisk::exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Result<std::uint64_t> PosixDisk::free_bytes(const std::string& path) {
  struct statvfs status{};
  if (::statvfs(path.c_str(), &status) != 0) return failed("statvfs " + path);
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

Result<std::unique_ptr<DirectoryLock>> DirectoryLock::take(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return failed("open " + path);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    char holder[32] = {};
    const ssize_t n = ::pread(descriptor, holder, sizeof holder - 1, 0);
    ::close(descriptor);
    const std::string who(holder, n > 0 ? static_cast<std::size_t>(n) : 0);
    return fail(ErrorCode::kInUse, path + " is held by another headrace process (pid " +
                                       (who.empty() ? "unknown" : who) + ")");
  }
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    auto error = failed("write " + path);
    ::close(descriptor);
    return error;
  }
  return std::unique_ptr<DirectoryLock>(new DirectoryLock(descriptor));
}

DirectoryLock::~DirectoryLock() { ::close(descriptor_); }

}  // namespace headrace::io
