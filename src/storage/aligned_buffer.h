// Memory that direct I/O takes.
#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

#include "io/disk.h"

namespace headrace::storage {

constexpr std::size_t align_up(std::size_t bytes) {
  return (bytes + io::kDirectAlignment - 1) / io::kDirectAlignment * io::kDirectAlignment;
}

// A growing run of bytes, aligned to io::kDirectAlignment. Not thread-safe.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t size) { std::memset(extend(size), 0, size); }
  ~AlignedBuffer() { release(); }
  AlignedBuffer(const AlignedBuffer&) = delete;
  AlignedBuffer& operator=(const AlignedBuffer&) = delete;

  char* data() { return data_; }
  std::size_t size() const { return size_; }
  std::string_view view() const { return {data_, size_}; }

  // Room for `bytes` more behind what is there, with anything in it; answers where it begins.
  char* extend(std::size_t bytes) {
    if (size_ + bytes > capacity_) grow(size_ + bytes);
    char* const at = data_ + size_;
    size_ += bytes;
    return at;
  }
  void append(std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(extend(bytes.size()), bytes.data(), bytes.size());
  }
  // Zeroes up to the next multiple of the alignment.
  void pad() {
    const std::size_t missing = align_up(size_) - size_;
    if (missing > 0) std::memset(extend(missing), 0, missing);
  }
  void clear() { size_ = 0; }  // keeps the memory
  void release() {
    ::operator delete(data_, std::align_val_t{io::kDirectAlignment});
    data_ = nullptr;
    size_ = capacity_ = 0;
  }

 private:
  void grow(std::size_t wanted) {
    const std::size_t capacity = align_up(wanted > 2 * capacity_ ? wanted : 2 * capacity_);
    auto* const data =
        static_cast<char*>(::operator new(capacity, std::align_val_t{io::kDirectAlignment}));
    if (size_ > 0) std::memcpy(data, data_, size_);
    ::operator delete(data_, std::align_val_t{io::kDirectAlignment});
    data_ = data;
    capacity_ = capacity;
  }

  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace headrace::storage
