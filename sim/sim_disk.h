// A disk in memory that forgets, tears, reorders, rots and fails, all from a seed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "io/disk.h"

namespace headrace::sim {

// Single-threaded. What a crash may do: of the writes to a file since its last sync, any subset
// survives, in any order, the last of them cut at any 512-byte sector; of the changes to names
// since the last sync of their directory, a prefix survives. What was synced survives whole.
class SimDisk final : public io::Disk {
 public:
  explicit SimDisk(std::uint64_t seed) : random_(seed) {}

  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode,
                                         bool direct) override;
  Status remove(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status make_directory(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  bool exists(const std::string& path) override;
  Result<std::uint64_t> free_bytes(const std::string& path) override;

  // Power fails and returns: open files turn dead (kIo), the rest is as the rules above leave it.
  void crash();
  // Total bytes the disk holds before writes fail with kDiskFull.
  void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }
  // From now on each write or sync fails with kIo with this chance in 1,000.
  void set_failures_per_mille(std::uint64_t chance) { failures_per_mille_ = chance; }
  // This step, of those that steps() counts, fails with kIo.
  void set_failure_at(std::uint64_t step) { failure_at_ = step; }
  // Inverts one bit of a file's content, durable and current.
  void flip_bit(const std::string& path, std::uint64_t offset, unsigned bit);
  std::uint64_t used_bytes() const;
  // Counts writes, syncs and name changes: crash points.
  std::uint64_t steps() const { return steps_; }
  // Cuts the power by itself at this step: from then on every call fails until crash().
  void set_crash_at(std::uint64_t step) { crash_at_ = step; }
  bool dead() const { return dead_; }

  struct Inode {
    std::string durable;
    std::string current;
    std::vector<std::pair<std::uint64_t, std::string>> unsynced;
  };

 private:
  friend class SimFile;
  using Names = std::map<std::string, std::shared_ptr<Inode>>;  // null: a directory

  Status step();
  Status grow(std::uint64_t bytes);
  void change(std::string from, std::string to, std::shared_ptr<Inode> inode);

  struct Change {
    std::string removed;  // empty: none
    std::string added;    // empty: none
    std::shared_ptr<Inode> inode;
  };

  SeededRandom random_;
  Names names_;
  Names durable_names_;
  std::vector<Change> unsynced_names_;
  std::uint64_t capacity_ = UINT64_MAX;
  std::uint64_t failures_per_mille_ = 0;
  std::uint64_t failure_at_ = UINT64_MAX;
  std::uint64_t steps_ = 0;
  std::uint64_t crash_at_ = UINT64_MAX;
  std::uint64_t epoch_ = 0;
  bool dead_ = false;
};

}  // namespace headrace::sim
