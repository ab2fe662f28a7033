#include "storage/tail_memory.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "base/check.h"

namespace headrace::storage {
namespace {

constexpr std::size_t kSparesMax = 12;
constexpr std::size_t kAlignment = 8;
constexpr std::size_t kHugePageBytes = 2UL << 20;

struct FreeBlock {
  void operator()(char* memory) const { std::free(memory); }
};
using Block = std::unique_ptr<char, FreeBlock>;

// Records are read here and there, a lane's by a flush and all by many readers; small pages would
// cost a walk of the page table each.
Block huge_block(std::size_t size) {
  Block block(static_cast<char*>(std::aligned_alloc(kHugePageBytes, size)));
  CHECK(block != nullptr);
#ifdef MADV_HUGEPAGE
  ::madvise(block.get(), size, MADV_HUGEPAGE);  // without them all is as it was
#endif
  return block;
}

}  // namespace

struct TailMemory::Spares {
  Mutex mutex;
  std::vector<Block> blocks GUARDED_BY(mutex);

  Block take() EXCLUDES(mutex) {
    MutexLock lock(mutex);
    if (blocks.empty()) return nullptr;
    Block block = std::move(blocks.back());
    blocks.pop_back();
    return block;
  }

  void give(Block block) EXCLUDES(mutex) {
    MutexLock lock(mutex);
    if (blocks.size() < kSparesMax) blocks.push_back(std::move(block));
  }
};

TailMemory::TailMemory() : spares_(std::make_shared<Spares>()) {}
TailMemory::~TailMemory() = default;

std::shared_ptr<char> TailMemory::new_block(std::size_t size) {
  if (size > kBlockBytes) return {new char[size], std::default_delete<char[]>()};
  Block block = spares_->take();
  if (!block) block = huge_block(kBlockBytes);
  return {block.release(), [spares = spares_](char* memory) { spares->give(Block(memory)); }};
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
