// The memory of recent records: batches copied one behind another into blocks that are used again.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/mutex.h"

namespace headrace::storage {

// Batches come and go through the general allocator on different threads, each living as long as
// the tail; that tore its heaps into holes of three times the bytes kept. Here only whole blocks
// live, and what a reader still holds keeps its block. One thread appends; anyone lets go.
class TailMemory {
 public:
  static constexpr std::size_t kBlockBytes = 4UL << 20;

  struct Placed {
    std::shared_ptr<const void> block;  // keeps `bytes`
    const char* bytes = nullptr;
  };

  TailMemory();
  ~TailMemory();

  // A copy of `bytes`; larger than a block it gets one of its own.
  Placed append(std::string_view bytes);

 private:
  struct Spares;  // shared with the blocks that are out
  std::shared_ptr<char> new_block(std::size_t size);

  std::shared_ptr<Spares> spares_;
  std::shared_ptr<char> block_;
  std::size_t used_ = 0;
};

}  // namespace headrace::storage
