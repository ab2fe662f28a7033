// Bytes received and not yet used.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace headrace::http {

// Consumed bytes stay where they are until the next room().
class ReceiveBuffer {
 public:
  std::string_view bytes() const { return {data_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  void consume(std::size_t count);
  // Free space behind the bytes, at least one byte, in a buffer of at least `capacity`.
  std::span<char> room(std::size_t capacity);
  // That many bytes of the room have been filled.
  void added(std::size_t count) { end_ += count; }
  // Gives back what is larger than `capacity` when the bytes fit without it.
  void shrink(std::size_t capacity);

 private:
  void move_to(std::size_t capacity);

  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace headrace::http
