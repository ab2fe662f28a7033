// The items of CBOR (RFC 8949), one at a time: what documents and hot operations are read and
// written with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headrace::wire {

enum class CborMajor : std::uint8_t {
  kUnsigned = 0,
  kNegative = 1,  // -1 - argument
  kBytes = 2,
  kText = 3,
  kArray = 4,
  kMap = 5,
  kTag = 6,
  kSimple = 7,  // false, true, null, floats; indefinite: the break
};

inline constexpr std::uint64_t kCborTimeTag = 1;

// The first byte of an item and the number behind it: an integer, a size, a count, a tag, or the
// bits of a float.
struct CborHead {
  CborMajor major;
  std::uint8_t info;  // below 24: the argument itself; 24 to 27: it has 1, 2, 4 or 8 bytes
  std::uint64_t argument;

  bool indefinite() const { return info == 31; }
  bool is_break() const { return major == CborMajor::kSimple && indefinite(); }
  bool is_null() const;  // or undefined
  std::optional<bool> boolean() const;
  std::optional<double> real() const;  // a half, single or double float
};

// Views into the document, which outlives it. Declared sizes are compared with what is there, and
// nothing is set aside for them.
class CborReader {
 public:
  explicit CborReader(std::string_view document) : rest_(document) {}

  // Nothing: the document ends, or these bytes begin no item.
  std::optional<CborHead> head();
  // Nothing: fewer bytes are there.
  std::optional<std::string_view> take(std::uint64_t size);
  // A byte or text string that is in one piece; nothing when the next item is another.
  std::optional<std::string_view> plain(CborMajor major);
  // The same by its head, which was taken, in one piece or in chunks, of whatever bytes.
  bool append_string(const CborHead& head, std::string& out);
  // Whether an array or map of `head` has no more items after `count`; takes the break. False also
  // where the document ends.
  bool at_end_of(const CborHead& head, std::uint64_t count);
  bool at_end() const { return rest_.empty(); }
  std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
};

void append_cbor_head(std::string& out, CborMajor major, std::uint64_t argument);
void append_cbor_bytes(std::string& out, std::string_view bytes);
// What is not UTF-8 becomes U+FFFD.
void append_cbor_text(std::string& out, std::string_view text);
void append_cbor_integer(std::string& out, std::int64_t value);
void append_cbor_double(std::string& out, double value);
void append_cbor_boolean(std::string& out, bool value);
// Tag 1 and whole milliseconds, as AWS's clients expect: RFC 8949 would have seconds.
void append_cbor_timestamp(std::string& out, std::int64_t ms);

// For writers that know how much room there is: a head takes kCborHeadBytesMax at most. Returns
// where it ends.
inline constexpr std::size_t kCborHeadBytesMax = 9;
char* write_cbor_head(char* out, CborMajor major, std::uint64_t argument);

}  // namespace headrace::wire
