// The fields of a Protocol Buffers message, as Java's generated readers see them:
// https://protobuf.dev/programming-guides/encoding/
#pragma once

#include <cstdint>
#include <string_view>

namespace headrace::producer {

// Reads in place; holds nothing and allocates nothing.
class ProtobufReader {
 public:
  enum class WireType : std::uint8_t {
    kVarint = 0,
    kFixed64 = 1,
    kBytes = 2,
    kGroup = 3,
    kEndGroup = 4,
    kFixed32 = 5,
  };
  struct Field {
    std::uint32_t number = 0;
    WireType type = WireType::kVarint;
    std::uint64_t varint = 0;     // kVarint
    std::string_view bytes = {};  // kBytes

    bool is(std::uint32_t wanted, WireType wire_type) const {
      return number == wanted && type == wire_type;
    }
  };

  explicit ProtobufReader(std::string_view message) : rest_(message) {}

  // False: no field is left, or what is left is malformed. A group counts as one field and its
  // contents are passed over.
  bool next(Field& field);
  bool malformed() const { return malformed_; }

 private:
  bool read_varint(std::uint64_t& value);
  bool read_tag(Field& field);
  bool read_value(Field& field);
  bool skip_group(std::uint32_t number);
  bool take(std::uint64_t size, std::string_view& bytes);

  std::string_view rest_;
  bool malformed_ = false;
};

}  // namespace headrace::producer
