#include "sim_disk.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "base/check.h"

namespace headrace::sim {
namespace {

constexpr std::uint64_t kSectorBytes = 512;

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

void overwrite(std::string& content, std::uint64_t offset, std::string_view bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
  std::memcpy(content.data() + offset, bytes.data(), bytes.size());
}

}  // namespace

class SimFile final : public io::File {
 public:
  SimFile(SimDisk& disk, std::shared_ptr<SimDisk::Inode> inode)
      : disk_(disk), inode_(std::move(inode)), epoch_(disk.epoch_) {}

  Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) override {
    RETURN_IF_ERROR(alive());
    const std::string& content = inode_->current;
    if (offset >= content.size()) return std::size_t{0};
    const std::size_t n = std::min<std::size_t>(size, content.size() - offset);
    std::memcpy(into, content.data() + offset, n);
    return n;
  }

  Status write_at(std::uint64_t offset, std::string_view bytes) override {
    RETURN_IF_ERROR(alive());
    const std::uint64_t end = offset + bytes.size();
    if (end > inode_->current.size()) RETURN_IF_ERROR(disk_.grow(end - inode_->current.size()));
    inode_->unsynced.emplace_back(offset, bytes);
    RETURN_IF_ERROR(disk_.step());
    overwrite(inode_->current, offset, bytes);
    return {};
  }

  Status sync() override {
    RETURN_IF_ERROR(alive());
    RETURN_IF_ERROR(disk_.step());
    inode_->durable = inode_->current;
    inode_->unsynced.clear();
    return {};
  }

  // Cutting is durable at once: the product never relies on it either way.
  Status truncate(std::uint64_t size) override {
    RETURN_IF_ERROR(alive());
    if (size > inode_->current.size()) RETURN_IF_ERROR(disk_.grow(size - inode_->current.size()));
    RETURN_IF_ERROR(disk_.step());
    inode_->current.resize(size);
    inode_->durable = inode_->current;
    inode_->unsynced.clear();
    return {};
  }

  Result<std::uint64_t> size() override {
    RETURN_IF_ERROR(alive());
    return inode_->current.size();
  }

 private:
  Status alive() const {
    if (disk_.dead_ || epoch_ != disk_.epoch_) return fail(ErrorCode::kIo, "the power is off");
    return {};
  }

  SimDisk& disk_;
  std::shared_ptr<SimDisk::Inode> inode_;
  std::uint64_t epoch_;
};

Status SimDisk::step() {
  ++steps_;
  if (steps_ >= crash_at_) dead_ = true;
  if (dead_) return fail(ErrorCode::kIo, "the power is off");
  if (steps_ == failure_at_) return fail(ErrorCode::kIo, "simulated I/O error");
  if (failures_per_mille_ > 0 && random_.below(1000) < failures_per_mille_) {
    return fail(ErrorCode::kIo, "simulated I/O error");
  }
  return {};
}

Status SimDisk::grow(std::uint64_t bytes) {
  if (used_bytes() + bytes > capacity_) return fail(ErrorCode::kDiskFull, "simulated disk is full");
  return {};
}

std::uint64_t SimDisk::used_bytes() const {
  std::uint64_t used = 0;
  for (const auto& [name, inode] : names_) used += inode ? inode->current.size() : 0;
  return used;
}

void SimDisk::change(std::string from, std::string to, std::shared_ptr<Inode> inode) {
  if (!from.empty()) names_.erase(from);
  if (!to.empty()) names_[to] = inode;
  unsynced_names_.push_back({std::move(from), std::move(to), std::move(inode)});
}

Result<std::unique_ptr<io::File>> SimDisk::open(const std::string& path, io::OpenMode mode, bool) {
  if (dead_) return fail(ErrorCode::kIo, "the power is off");
  const auto found = names_.find(path);
  const bool must_exist = mode == io::OpenMode::kRead || mode == io::OpenMode::kReadWrite;
  if (found == names_.end()) {
    if (must_exist) return fail(ErrorCode::kNotFound, "open " + path);
    RETURN_IF_ERROR(step());
    change("", path, std::make_shared<Inode>());
  } else if (mode == io::OpenMode::kCreateNew) {
    return fail(ErrorCode::kAlreadyExists, "open " + path);
  }
  return std::make_unique<SimFile>(*this, names_[path]);
}

Status SimDisk::remove(const std::string& path) {
  if (dead_) return fail(ErrorCode::kIo, "the power is off");
  std::vector<std::string> doomed;
  for (const auto& [name, inode] : names_) {
    if (name == path || name.starts_with(path + "/")) doomed.push_back(name);
  }
  for (const std::string& name : doomed) {
    RETURN_IF_ERROR(step());
    change(name, "", nullptr);
  }
  return {};
}

Status SimDisk::rename(const std::string& from, const std::string& to) {
  if (dead_) return fail(ErrorCode::kIo, "the power is off");
  const auto found = names_.find(from);
  if (found == names_.end()) return fail(ErrorCode::kNotFound, "rename " + from);
  RETURN_IF_ERROR(step());
  change(from, to, found->second);
  return {};
}

Status SimDisk::make_directory(const std::string& path) {
  if (dead_) return fail(ErrorCode::kIo, "the power is off");
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string prefix = path.substr(0, end);
    if (!names_.contains(prefix)) {
      RETURN_IF_ERROR(step());
      change("", prefix, nullptr);
      // Of what lies above all that is simulated nobody speaks.
      if (parent_of(prefix).empty()) durable_names_[prefix] = nullptr;
    }
    if (end == std::string::npos) return {};
  }
}

Status SimDisk::sync_directory(const std::string& path) {
  if (dead_) return fail(ErrorCode::kIo, "the power is off");
  RETURN_IF_ERROR(step());
  std::vector<Change> rest;
  for (Change& c : unsynced_names_) {
    const std::string& name = c.added.empty() ? c.removed : c.added;
    if (parent_of(name) != path) {
      rest.push_back(std::move(c));
      continue;
    }
    if (!c.removed.empty()) durable_names_.erase(c.removed);
    if (!c.added.empty()) durable_names_[c.added] = c.inode;
  }
  unsynced_names_ = std::move(rest);
  return {};
}

Result<std::vector<std::string>> SimDisk::list(const std::string& directory) {
  if (dead_) return fail(ErrorCode::kIo, "the power is off");
  std::vector<std::string> found;
  for (const auto& [name, inode] : names_) {
    if (parent_of(name) == directory) found.push_back(name.substr(directory.size() + 1));
  }
  return found;
}

bool SimDisk::exists(const std::string& path) { return names_.contains(path); }

Result<std::uint64_t> SimDisk::free_bytes(const std::string&) {
  return capacity_ == UINT64_MAX ? capacity_ : capacity_ - std::min(capacity_, used_bytes());
}

void SimDisk::crash() {
  const std::uint64_t kept = random_.below(unsynced_names_.size() + 1);
  for (std::uint64_t i = 0; i < kept; ++i) {
    const Change& c = unsynced_names_[i];
    if (!c.removed.empty()) durable_names_.erase(c.removed);
    if (!c.added.empty()) durable_names_[c.added] = c.inode;
  }
  unsynced_names_.clear();
  // What lies in a directory that is lost is lost with it; parents come first.
  for (auto name = durable_names_.begin(); name != durable_names_.end();) {
    const std::string parent = parent_of(name->first);
    const bool lost = !parent.empty() && !durable_names_.contains(parent);
    name = lost ? durable_names_.erase(name) : std::next(name);
  }
  names_ = durable_names_;
  for (auto& [name, inode] : names_) {
    if (!inode) continue;
    auto& writes = inode->unsynced;
    for (std::size_t i = writes.size(); i > 1; --i)
      std::swap(writes[i - 1], writes[random_.below(i)]);
    for (auto& [offset, bytes] : writes) {
      const std::uint64_t fate = random_.below(3);
      if (fate == 0) continue;
      std::string_view surviving = bytes;
      if (fate == 1) {
        const std::uint64_t sectors = bytes.size() / kSectorBytes;
        surviving = surviving.substr(0, random_.below(sectors + 1) * kSectorBytes);
      }
      overwrite(inode->durable, offset, surviving);
    }
    writes.clear();
    inode->current = inode->durable;
  }
  ++epoch_;
  dead_ = false;
  crash_at_ = UINT64_MAX;
}

void SimDisk::flip_bit(const std::string& path, std::uint64_t offset, unsigned bit) {
  Inode& inode = *names_.at(path);
  for (std::string* content : {&inode.durable, &inode.current}) {
    if (offset < content->size()) {
      (*content)[offset] = static_cast<char>((*content)[offset] ^ (1 << bit));
    }
  }
}

}  // namespace headrace::sim
