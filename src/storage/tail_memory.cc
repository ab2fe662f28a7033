#include "storage/tail_memory.h"

#include <cstring>
#include <utility>
#include <vector>

namespace headrace::storage {
namespace {

constexpr std::size_t kSparesMax = 4;
constexpr std::size_t kAlignment = 8;

}  // namespace

struct TailMemory::Spares {
  Mutex mutex;
  std::vector<std::unique_ptr<char[]>> blocks GUARDED_BY(mutex);

  std::unique_ptr<char[]> take() EXCLUDES(mutex) {
    MutexLock lock(mutex);
    if (blocks.empty()) return nullptr;
    std::unique_ptr<char[]> block = std::move(blocks.back());
    blocks.pop_back();
    return block;
  }

  void give(std::unique_ptr<char[]> block) EXCLUDES(mutex) {
    MutexLock lock(mutex);
    if (blocks.size() < kSparesMax) blocks.push_back(std::move(block));
  }
};

TailMemory::TailMemory() : spares_(std::make_shared<Spares>()) {}
TailMemory::~TailMemory() = default;

std::shared_ptr<char> TailMemory::new_block(std::size_t size) {
  if (size > kBlockBytes) return {new char[size], std::default_delete<char[]>()};
  std::unique_ptr<char[]> block = spares_->take();
  if (!block) block = std::make_unique_for_overwrite<char[]>(kBlockBytes);
  return {block.release(),
          [spares = spares_](char* memory) { spares->give(std::unique_ptr<char[]>(memory)); }};
}

TailMemory::Placed TailMemory::append(std::string_view bytes) {
  if (bytes.size() > kBlockBytes) {
    auto own = new_block(bytes.size());
    std::memcpy(own.get(), bytes.data(), bytes.size());
    const char* const at = own.get();
    return {std::move(own), at};
  }
  if (!block_ || used_ + bytes.size() > kBlockBytes) {
    block_ = new_block(kBlockBytes);
    used_ = 0;
  }
  char* const at = block_.get() + used_;
  std::memcpy(at, bytes.data(), bytes.size());
  used_ += (bytes.size() + kAlignment - 1) / kAlignment * kAlignment;
  return {block_, at};
}

}  // namespace headrace::storage
