#include "http/receive_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace headrace::http {

void ReceiveBuffer::consume(std::size_t count) {
  CHECK(count <= end_ - begin_);
  begin_ += count;
}

std::span<char> ReceiveBuffer::room(std::size_t capacity) {
  if (begin_ == end_) {
    begin_ = end_ = 0;
  }
  if (capacity > capacity_) {
    move_to(capacity);
  } else if (end_ == capacity_ && begin_ > 0) {
    std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  } else if (end_ == capacity_) {
    move_to(2 * capacity_);
  }
  return {data_.get() + end_, capacity_ - end_};
}

void ReceiveBuffer::shrink(std::size_t capacity) {
  if (capacity_ > capacity && end_ - begin_ <= capacity) {
    move_to(capacity);
  }
}

void ReceiveBuffer::move_to(std::size_t capacity) {
  auto moved = std::make_unique_for_overwrite<char[]>(capacity);
  if (begin_ != end_) {
    std::memcpy(moved.get(), data_.get() + begin_, end_ - begin_);
  }
  data_ = std::move(moved);
  capacity_ = capacity;
  end_ -= begin_;
  begin_ = 0;
}

}  // namespace headrace::http
