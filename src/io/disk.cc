#include "io/disk.h"

namespace headrace::io {

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
