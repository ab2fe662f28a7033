// The log's files and frames; see docs/formats/log.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/mutex.h"
#include "io/disk.h"

namespace headrace::storage {

// A place in the log: bytes of frames since the data directory was made.
using LogPosition = std::uint64_t;

inline constexpr std::size_t kFrameAlignment = io::kDirectAlignment;
inline constexpr std::size_t kFrameHeaderBytes = 40;

// One group commit on its way to the disk.
struct Frame {
  LogPosition position = 0;
  std::uint64_t size = 0;  // with header and padding
  std::shared_ptr<io::File> file;
  std::uint64_t offset = 0;  // in the file
};

// What a scan of the files at start found.
struct LogScan {
  LogPosition end = 0;
  std::vector<std::string> damage;  // acknowledged frames that cannot be read, one line each
};

// Thread-safe. Files are zeroed ahead, written with direct I/O and used again once cut.
class Log {
 public:
  struct Options {
    std::string directory;
    bool sync = true;
    std::uint64_t file_bytes = 64ULL << 20;
    std::uint64_t first_file_bytes = 8ULL << 20;  // small, so that a first start is quick
    std::uint64_t bytes_max = 256ULL << 20;
    std::uint64_t reserve_bytes = 0;  // free space that files zeroed ahead of need leave alone
  };

  Log(io::Disk& disk, Options options) : disk_(disk), options_(std::move(options)) {}

  // Reads every frame from `from` on, in order, and opens a new file behind the last.
  Result<LogScan> open(LogPosition from,
                       const std::function<Status(LogPosition, std::string_view payload)>& visit);

  // Finds room for a frame of `payload_bytes`. Calls must come one at a time; their order is the
  // frames' order. kDiskFull: no room now, nothing changed. kLimitExceeded: the log is at its bound
  // until a cut. kIo: unknown what is on the disk; the log must not be written to any more. Others,
  // such as kUnavailable: a file could not be made, nothing changed.
  Result<Frame> reserve(std::size_t payload_bytes);
  // Builds the frame's header in the first kFrameHeaderBytes of `buffer`, which holds the payload
  // behind it and zeroes up to frame.size, and writes it. `durable`: all before it is synced.
  Status write(const Frame& frame, char* buffer, std::size_t payload_bytes, LogPosition durable);
  Status sync(const Frame& frame);

  // Frames before `position` will not be asked for again: whole files of them become spare
  // or go. Answers the last failure; none keeps the others from being tried.
  Status cut(LogPosition position);
  // Zeroes a spare file ahead of need.
  Status prepare_spare();
  bool wants_spare() const;
  std::uint64_t used_bytes() const;  // of frames not cut yet

 private:
  struct LogFile {
    std::string name;
    std::uint64_t number = 0;
    LogPosition first = 0;
    std::uint64_t size = 0;
    std::shared_ptr<io::File> file;
    LogPosition end = 0;  // of what is reserved in it
  };

  Status load_files(std::vector<std::string>& damage) REQUIRES(mutex_);
  // Where in the log a file belongs: nowhere, when its header was written for another name. Blank
  // is the last file of a version that named it before its header was synced, when power failed.
  enum class Place { kKnown, kNone, kBlank, kUnknown };
  Result<Place> load_header(LogFile& file, std::vector<std::string>& damage) REQUIRES(mutex_);
  Status roll(std::uint64_t frame_bytes, std::uint64_t bytes_max) REQUIRES(mutex_);
  Status take_up(LogFile& file) REQUIRES(mutex_);
  Result<std::shared_ptr<io::File>> zeroed_file(const std::string& path, std::uint64_t bytes);
  Result<std::string> read_frame(LogFile& file, LogPosition position, LogPosition* durable,
                                 std::uint64_t* size);
  Result<LogPosition> scan_file(LogFile& file, LogPosition from, LogPosition until,
                                std::vector<std::string>& damage,
                                const std::function<Status(LogPosition, std::string_view)>& visit);
  Result<LogPosition> find_acknowledged_after(LogFile& file, LogPosition position,
                                              LogPosition until);
  std::string path(const std::string& name) const { return options_.directory + "/" + name; }

  io::Disk& disk_;
  Options options_;
  mutable Mutex mutex_;
  std::vector<LogFile> files_ GUARDED_BY(mutex_);  // in order; the last is written to
  std::vector<LogFile> spares_ GUARDED_BY(mutex_);
  std::uint64_t next_number_ GUARDED_BY(mutex_) = 1;
  std::uint64_t next_spare_ GUARDED_BY(mutex_) = 1;
  LogPosition end_ GUARDED_BY(mutex_) = 0;
  std::function<Status()> sync_names_ GUARDED_BY(mutex_);  // of the directory; set by open()
};

}  // namespace headrace::storage
