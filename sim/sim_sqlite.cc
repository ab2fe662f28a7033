#include "sim_sqlite.h"

#include <sqlite3.h>

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace headrace::sim {
namespace {

struct World {
  SimDisk* disk = nullptr;
  // The wal-index of each database, which real systems keep in shared memory.
  std::map<std::string, std::vector<std::unique_ptr<char[]>>> shared;
  // The lock that each open handle of a file holds, as SQLite counts them.
  std::map<std::string, std::map<sqlite3_file*, int>> locks;
  SeededRandom random{42};
};

World& world() {
  static World instance;
  return instance;
}

// SQLite allocates the memory of this and calls no constructor.
struct VfsFile {
  sqlite3_file base;
  io::File* file;
  std::string* path;
  bool name_unsynced;
};

VfsFile* self(sqlite3_file* file) { return reinterpret_cast<VfsFile*>(file); }

int code_of(const Error& error, int otherwise) {
  return error.code == ErrorCode::kDiskFull ? SQLITE_FULL : otherwise;
}

int close(sqlite3_file* file) {
  world().locks[*self(file)->path].erase(file);
  delete self(file)->file;
  delete self(file)->path;
  return SQLITE_OK;
}

int read(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
  const auto n = self(file)->file->read_at(
      static_cast<std::uint64_t>(offset), static_cast<char*>(into), static_cast<std::size_t>(size));
  if (!n) return SQLITE_IOERR_READ;
  if (*n == static_cast<std::size_t>(size)) return SQLITE_OK;
  std::memset(static_cast<char*>(into) + *n, 0, static_cast<std::size_t>(size) - *n);
  return SQLITE_IOERR_SHORT_READ;
}

int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  const auto status =
      self(file)->file->write_at(static_cast<std::uint64_t>(offset),
                                 {static_cast<const char*>(from), static_cast<std::size_t>(size)});
  return status ? SQLITE_OK : code_of(status.error(), SQLITE_IOERR_WRITE);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  return self(file)->file->truncate(static_cast<std::uint64_t>(size)) ? SQLITE_OK
                                                                      : SQLITE_IOERR_TRUNCATE;
}

int sync(sqlite3_file* file, int) {
  if (!self(file)->file->sync()) return SQLITE_IOERR_FSYNC;
  if (!std::exchange(self(file)->name_unsynced, false)) return SQLITE_OK;
  const std::string& path = *self(file)->path;
  return world().disk->sync_directory(path.substr(0, path.rfind('/'))) ? SQLITE_OK
                                                                       : SQLITE_IOERR_FSYNC;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  const auto n = self(file)->file->size();
  if (!n) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(*n);
  return SQLITE_OK;
}

// One thread, but several connections: the last one to close must know that it is the last.
int lock(sqlite3_file* file, int level) {
  auto& held = world().locks[*self(file)->path];
  for (const auto& [other, other_level] : held) {
    if (other == file) continue;
    if (level == SQLITE_LOCK_EXCLUSIVE && other_level >= SQLITE_LOCK_SHARED) return SQLITE_BUSY;
    if (level >= SQLITE_LOCK_RESERVED && other_level >= SQLITE_LOCK_RESERVED) return SQLITE_BUSY;
  }
  held[file] = level;
  return SQLITE_OK;
}

int unlock(sqlite3_file* file, int level) {
  world().locks[*self(file)->path][file] = level;
  return SQLITE_OK;
}

int nobody_reserved(sqlite3_file*, int* held) {
  *held = 0;
  return SQLITE_OK;
}

int no_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return 512; }
int no_characteristics(sqlite3_file*) { return 0; }

int shm_map(sqlite3_file* file, int page, int page_size, int extend, void volatile** out) {
  auto& pages = world().shared[*self(file)->path];
  while (pages.size() <= static_cast<std::size_t>(page)) {
    if (extend == 0) {
      *out = nullptr;
      return SQLITE_OK;
    }
    pages.push_back(std::make_unique<char[]>(static_cast<std::size_t>(page_size)));
  }
  *out = pages[static_cast<std::size_t>(page)].get();
  return SQLITE_OK;
}

int shm_lock(sqlite3_file*, int, int, int) { return SQLITE_OK; }
void shm_barrier(sqlite3_file*) {}

int shm_unmap(sqlite3_file* file, int remove) {
  if (remove != 0) world().shared.erase(*self(file)->path);
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods = {2,
                                     close,
                                     read,
                                     write,
                                     truncate,
                                     sync,
                                     file_size,
                                     lock,
                                     unlock,
                                     nobody_reserved,
                                     no_control,
                                     sector_size,
                                     no_characteristics,
                                     shm_map,
                                     shm_lock,
                                     shm_barrier,
                                     shm_unmap,
                                     nullptr,
                                     nullptr};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  const std::string path = name == nullptr ? "/temporary" : name;
  const auto mode =
      (flags & SQLITE_OPEN_CREATE) != 0 ? io::OpenMode::kCreate : io::OpenMode::kReadWrite;
  auto opened = world().disk->open(path, mode, false);
  if (!opened) return code_of(opened.error(), SQLITE_CANTOPEN);
  self(file)->file = opened->release();
  self(file)->path = new std::string(path);
  // As SQLite has it on POSIX systems: with the first sync of a journal that may be new.
  self(file)->name_unsynced =
      (flags & SQLITE_OPEN_CREATE) != 0 &&
      (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL)) != 0;
  file->pMethods = &kMethods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int remove(sqlite3_vfs*, const char* name, int) {
  return world().disk->remove(name) ? SQLITE_OK : SQLITE_IOERR_DELETE;
}

int access(sqlite3_vfs*, const char* name, int, int* result) {
  *result = world().disk->exists(name) ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

int randomness(sqlite3_vfs*, int size, char* out) {
  const std::string bytes = world().random.bytes(static_cast<std::size_t>(size));
  std::memcpy(out, bytes.data(), bytes.size());
  return size;
}

int no_sleep(sqlite3_vfs*, int microseconds) { return microseconds; }

int fixed_time(sqlite3_vfs*, double* now) {
  *now = 2461041.5;
  return SQLITE_OK;
}

int last_error(sqlite3_vfs*, int, char*) { return 0; }

sqlite3_vfs g_vfs = {1,       sizeof(VfsFile), 512,        nullptr,   kSimVfs,    nullptr,
                     open,    remove,          access,     full_path, nullptr,    nullptr,
                     nullptr, nullptr,         randomness, no_sleep,  fixed_time, last_error,
                     nullptr, nullptr,         nullptr,    nullptr};

}  // namespace

void attach_sqlite(SimDisk& disk) {
  world().disk = &disk;
  world().shared.clear();
  world().locks.clear();
  sqlite3_vfs_register(&g_vfs, 0);
}

}  // namespace headrace::sim
