#include "producer/protobuf_reader.h"

#include <array>
#include <cstddef>
#include <limits>

namespace headrace::producer {
namespace {

constexpr std::size_t kGroupDepthMax = 100;  // as Java's
constexpr int kVarintBytesMax = 10;
constexpr unsigned kTypeBits = 3;

}  // namespace

bool ProtobufReader::read_varint(std::uint64_t& value) {
  constexpr unsigned kBits = 7;
  value = 0;
  for (int i = 0; i < kVarintBytesMax && !rest_.empty(); ++i) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    // The tenth byte has one bit to give; the others fall off.
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << (kBits * static_cast<unsigned>(i));
    if (byte < 0x80) return true;
  }
  return false;
}

bool ProtobufReader::take(std::uint64_t size, std::string_view& bytes) {
  if (size > rest_.size()) return false;
  bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return true;
}

bool ProtobufReader::read_tag(Field& field) {
  std::uint64_t tag = 0;
  if (!read_varint(tag)) return false;
  tag &= std::numeric_limits<std::uint32_t>::max();
  field = {.number = static_cast<std::uint32_t>(tag >> kTypeBits),
           .type = static_cast<WireType>(tag & 7U)};
  return field.number != 0 && field.type <= WireType::kFixed32;
}

// Not of groups.
bool ProtobufReader::read_value(Field& field) {
  std::uint64_t size = 0;
  std::string_view fixed;
  switch (field.type) {
    case WireType::kVarint: return read_varint(field.varint);
    case WireType::kFixed64: return take(8, fixed);
    case WireType::kBytes: return read_varint(size) && take(size, field.bytes);
    case WireType::kFixed32: return take(4, fixed);
    case WireType::kGroup:
    case WireType::kEndGroup: return false;
  }
  return false;
}

bool ProtobufReader::skip_group(std::uint32_t number) {
  std::array<std::uint32_t, kGroupDepthMax> open{number};
  std::size_t depth = 1;
  Field field;
  while (depth > 0) {
    if (!read_tag(field)) return false;
    if (field.type == WireType::kGroup) {
      if (depth == open.size()) return false;
      open.at(depth++) = field.number;
    } else if (field.type == WireType::kEndGroup) {
      if (open.at(--depth) != field.number) return false;
    } else if (!read_value(field)) {
      return false;
    }
  }
  return true;
}

bool ProtobufReader::next(Field& field) {
  if (malformed_ || rest_.empty()) return false;
  const bool read = read_tag(field) &&
                    (field.type == WireType::kGroup ? skip_group(field.number) : read_value(field));
  malformed_ = !read;
  return read;
}

}  // namespace headrace::producer
