#include "io/disk.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <utility>

namespace headrace::io {
namespace {

constexpr std::size_t kItemsPerThread = 4;  // for fewer no thread is made

}  // namespace

Result<std::function<Status()>> Disk::directory_sync(const std::string& path) {
  return [this, path] { return sync_directory(path); };
}

Status at_once(const Disk& disk, std::size_t count,
               const std::function<Status(std::size_t item, std::size_t thread)>& work) {
  std::vector<Status> outcomes(
      std::clamp<std::size_t>(count / kItemsPerThread, 1, disk.threads_at_once()));
  std::atomic<std::size_t> next = 0;
  const auto run = [&](std::size_t thread) {
    for (std::size_t item = next++; item < count && outcomes[thread]; item = next++) {
      outcomes[thread] = work(item, thread);
    }
    if (!outcomes[thread]) next = count;
  };
  {
    std::vector<std::jthread> helpers;
    try {
      for (std::size_t i = 1; i < outcomes.size(); ++i) helpers.emplace_back(run, i);
      // The system has no more threads: those that there are do the work.
    } catch (const std::system_error&) {  // NOLINT(bugprone-empty-catch)
    }
    run(0);
  }
  for (Status& outcome : outcomes) RETURN_IF_ERROR(std::move(outcome));
  return {};
}

Result<std::string> read_file(Disk& disk, const std::string& path) {
  ASSIGN_OR_RETURN(const std::unique_ptr<File> file, disk.open(path, OpenMode::kRead, false));
  ASSIGN_OR_RETURN(const std::uint64_t size, file->size());
  std::string content(size, '\0');
  ASSIGN_OR_RETURN(const std::size_t read, file->read_at(0, content.data(), content.size()));
  content.resize(read);
  return content;
}

Status write_file(Disk& disk, const std::string& path, std::string_view content) {
  const std::string temporary = path + ".new";
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                     disk.open(temporary, OpenMode::kCreate, false));
    RETURN_IF_ERROR(file->truncate(0));
    RETURN_IF_ERROR(file->write_at(0, content));
    RETURN_IF_ERROR(file->sync());
  }
  RETURN_IF_ERROR(disk.rename(temporary, path));
  const std::size_t slash = path.rfind('/');
  return disk.sync_directory(slash == std::string::npos ? "." : path.substr(0, slash));
}

}  // namespace headrace::io
