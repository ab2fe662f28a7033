// The messages of application/vnd.amazon.eventstream:
// https://smithy.io/2.0/aws/amazon-eventstream.html
//
//   u32 total bytes, u32 header bytes, u32 CRC32 of these eight, headers, payload, u32 CRC32 of all
//   before it; big-endian. A header: u8 name bytes, name, u8 type, value.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"

namespace headrace::wire {

inline constexpr std::string_view kEventStreamType = "application/vnd.amazon.eventstream";
inline constexpr std::size_t kEventHeaderBytesMax = 128UL << 10;  // all headers of a message
inline constexpr std::size_t kEventPayloadBytesMax = 24UL << 20;
inline constexpr std::size_t kEventValueBytesMax = 32'767;  // of a string or bytes

struct EventHeader {
  using Uuid = std::array<std::uint8_t, 16>;
  // In the order of their types on the wire, which has two for the booleans.
  using Value = std::variant<bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t, Bytes,
                             std::string, WallTime, Uuid>;
  std::string name;  // 1 to 255 bytes, in a message once
  Value value;
  bool operator==(const EventHeader&) const = default;
};

struct EventMessage {
  std::vector<EventHeader> headers;
  std::string payload;

  // The string header of that name; an empty view when there is none.
  std::string_view text(std::string_view name) const;
  bool operator==(const EventMessage&) const = default;
};

// Writes one message in place at the end of `out`, so that a payload need not be copied: headers,
// then whatever is appended to `out`, then finish().
class EventMessageWriter {
 public:
  explicit EventMessageWriter(std::string& out);
  // A string or bytes over kEventValueBytesMax is cut there.
  void header(std::string_view name, const EventHeader::Value& value);
  // The last header was written: the payload begins here.
  void begin_payload();
  void finish();

 private:
  std::string& out_;
  std::size_t start_;
  std::size_t payload_ = 0;
};

std::string encode_event_message(const EventMessage& message);

// Messages out of a body that comes in pieces of any size. Strict: kMalformedDocument for a wrong
// checksum, a size out of bounds, a header that does not parse or comes twice; after an error it
// stays in that error. Holds one message at most, and what was added behind it.
class EventStreamReader {
 public:
  void add(std::string_view piece);
  // The next whole message; nothing when more bytes are needed.
  Result<std::optional<EventMessage>> next();
  // Whether the body may end here.
  bool at_end() const { return at_ == held_.size(); }

 private:
  std::unexpected<Error> broken(std::string message);

  std::string held_;
  std::size_t at_ = 0;  // where in held_ the next message starts
  bool is_broken_ = false;
};

}  // namespace headrace::wire
