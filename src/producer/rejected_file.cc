#include "producer/rejected_file.h"

namespace headrace::producer {

void RejectedFile::add(std::string_view data, std::string_view reason) {
  auto found = reasons_.find(reason);
  if (found == reasons_.end()) {
    const bool full = reasons_.size() >= kReasonsMax;
    found = reasons_.try_emplace(std::string(full ? "other reasons" : reason)).first;
  }
  ++found->second;
  if (!used()) {
    file_.reset(std::fopen(path_.c_str(), "abe"));
    failed_ = file_ == nullptr;
  }
  if (file_ && std::fwrite(data.data(), 1, data.size(), file_.get()) != data.size()) failed_ = true;
}

Status RejectedFile::close() {
  if (file_ && std::fflush(file_.get()) != 0) failed_ = true;
  if (failed_) return fail(ErrorCode::kIo, path_ + " could not be written in full");
  return {};
}

}  // namespace headrace::producer
