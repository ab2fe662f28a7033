// Where records go that no stream took.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace headrace::producer {

// The records as they were, one after another, fit to be produced again; made when the first one
// comes. Not thread-safe.
class RejectedFile {
 public:
  explicit RejectedFile(std::string path) : path_(std::move(path)) {}

  void add(std::string_view data, std::string_view reason);
  // Flushes. kIo: some are not in the file.
  Status close();

  bool used() const { return file_ != nullptr || failed_; }
  const std::string& path() const { return path_; }
  // How many for each reason; past kReasonsMax different ones they share "other reasons".
  static constexpr std::size_t kReasonsMax = 20;
  const std::map<std::string, std::uint64_t, std::less<>>& reasons() const { return reasons_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
  bool failed_ = false;
  std::map<std::string, std::uint64_t, std::less<>> reasons_;
};

}  // namespace headrace::producer
