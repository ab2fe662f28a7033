#include "wire/event_stream.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "base/crc.h"
#include "wire/event.h"

namespace headrace::wire {
namespace {

constexpr std::size_t kPreludeBytes = 12;
constexpr std::size_t kFrameBytes = kPreludeBytes + 4;

enum Type : std::uint8_t {
  kTrue = 0,
  kFalse = 1,
  kByte = 2,
  kShort = 3,
  kInteger = 4,
  kLong = 5,
  kBytes = 6,
  kText = 7,
  kTime = 8,
  kUuid = 9,
};

template <typename T>
void put(char* at, T value) {
  for (std::size_t i = sizeof(T); i-- > 0;) {
    at[i] = static_cast<char>(value & 0xff);
    value = static_cast<T>(static_cast<std::uint64_t>(value) >> 8);
  }
}

template <typename T>
void append(std::string& out, T value) {
  char bytes[sizeof(T)];
  put(bytes, static_cast<std::make_unsigned_t<T>>(value));
  out.append(bytes, sizeof bytes);
}

template <typename T>
T read(const char* at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = value << 8 | static_cast<unsigned char>(at[i]);
  return static_cast<T>(value);
}

void append_value(std::string& out, const EventHeader::Value& value) {
  const auto type = [&](Type t) { out.push_back(static_cast<char>(t)); };
  const auto sized = [&](std::string_view text) {
    text = text.substr(0, kEventValueBytesMax);
    append(out, static_cast<std::uint16_t>(text.size()));
    out.append(text);
  };
  std::visit(
      [&](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, bool>) {
          type(v ? kTrue : kFalse);
        } else if constexpr (std::is_integral_v<T>) {
          type(sizeof v == 1 ? kByte : sizeof v == 2 ? kShort : sizeof v == 4 ? kInteger : kLong);
          append(out, v);
        } else if constexpr (std::is_same_v<T, Bytes>) {
          type(kBytes);
          sized(v.view());
        } else if constexpr (std::is_same_v<T, std::string>) {
          type(kText);
          sized(v);
        } else if constexpr (std::is_same_v<T, WallTime>) {
          type(kTime);
          append(out, v.ms);
        } else {
          type(kUuid);
          out.append(v.begin(), v.end());
        }
      },
      value);
}

// The headers of one message, which are all there.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view bytes) : rest_(bytes) {}

  bool read_all(std::vector<EventHeader>& into) {
    while (!rest_.empty()) {
      std::string_view name;
      if (!take_sized<std::uint8_t>(name) || name.empty()) return false;
      const auto same = [&](const EventHeader& header) { return header.name == name; };
      if (std::ranges::any_of(into, same)) return false;
      EventHeader& header = into.emplace_back();
      header.name = name;
      if (!take_value(header.value)) return false;
    }
    return true;
  }

 private:
  bool take(std::size_t size, std::string_view& into) {
    if (rest_.size() < size) return false;
    into = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

  template <typename Size>
  bool take_sized(std::string_view& into) {
    std::string_view size;
    return take(sizeof(Size), size) && take(read<Size>(size.data()), into);
  }

  template <typename T>
  bool take_number(EventHeader::Value& into) {
    std::string_view bytes;
    if (!take(sizeof(T), bytes)) return false;
    into = read<T>(bytes.data());
    return true;
  }

  bool take_value(EventHeader::Value& into) {
    std::string_view bytes;
    if (!take(1, bytes)) return false;
    switch (static_cast<unsigned char>(bytes[0])) {
      case kTrue: into = true; return true;
      case kFalse: into = false; return true;
      case kByte: return take_number<std::int8_t>(into);
      case kShort: return take_number<std::int16_t>(into);
      case kInteger: return take_number<std::int32_t>(into);
      case kLong: return take_number<std::int64_t>(into);
      case kBytes:
        if (!take_text(bytes)) return false;
        into = Bytes(std::string(bytes));
        return true;
      case kText:
        if (!take_text(bytes)) return false;
        into = std::string(bytes);
        return true;
      case kTime:
        if (!take(8, bytes)) return false;
        into = WallTime{read<std::int64_t>(bytes.data())};
        return true;
      case kUuid: {
        if (!take(16, bytes)) return false;
        EventHeader::Uuid uuid{};
        std::ranges::copy(bytes, uuid.begin());
        into = uuid;
        return true;
      }
      default: return false;
    }
  }

  bool take_text(std::string_view& into) {
    return take_sized<std::uint16_t>(into) && into.size() <= kEventValueBytesMax;
  }

  std::string_view rest_;
};

}  // namespace

const Member* event_stream_of(StructureShape output) {
  for (const Member& member : output.members) {
    if (!member.refused() && member.type->kind == Kind::kEventStream) return &member;
  }
  return nullptr;
}

std::string_view EventMessage::text(std::string_view name) const {
  for (const EventHeader& header : headers) {
    const auto* value = std::get_if<std::string>(&header.value);
    if (header.name == name && value != nullptr) return *value;
  }
  return {};
}

EventMessageWriter::EventMessageWriter(std::string& out) : out_(out), start_(out.size()) {
  out_.append(kPreludeBytes, '\0');
}

void EventMessageWriter::header(std::string_view name, const EventHeader::Value& value) {
  CHECK(payload_ == 0 && !name.empty() && name.size() <= 255);
  out_.push_back(static_cast<char>(name.size()));
  out_.append(name);
  append_value(out_, value);
}

void EventMessageWriter::begin_payload() { payload_ = out_.size(); }

void EventMessageWriter::finish() {
  if (payload_ == 0) begin_payload();
  const std::size_t headers = payload_ - start_ - kPreludeBytes;
  CHECK(headers <= kEventHeaderBytesMax && out_.size() - payload_ <= kEventPayloadBytesMax);
  char* prelude = out_.data() + start_;
  put(prelude, static_cast<std::uint32_t>(out_.size() - start_ + 4));
  put(prelude + 4, static_cast<std::uint32_t>(headers));
  put(prelude + 8, crc32({prelude, 8}));
  append(out_, crc32(std::string_view(out_).substr(start_)));
}

std::string encode_event_message(const EventMessage& message) {
  std::string out;
  EventMessageWriter writer(out);
  for (const auto& [name, value] : message.headers) writer.header(name, value);
  writer.begin_payload();
  out.append(message.payload);
  writer.finish();
  return out;
}

void EventStreamReader::add(std::string_view piece) {
  held_.erase(0, at_);
  at_ = 0;
  held_.append(piece);
}

std::unexpected<Error> EventStreamReader::broken(std::string message) {
  is_broken_ = true;
  return fail(ErrorCode::kMalformedDocument, "event stream: " + std::move(message));
}

Result<std::optional<EventMessage>> EventStreamReader::next() {
  if (is_broken_) return broken("broken before");
  const std::string_view rest = std::string_view(held_).substr(at_);
  if (rest.size() < kPreludeBytes) return std::nullopt;
  const std::size_t total = read<std::uint32_t>(rest.data());
  const std::size_t headers = read<std::uint32_t>(rest.data() + 4);
  if (read<std::uint32_t>(rest.data() + 8) != crc32(rest.substr(0, 8))) {
    return broken("wrong checksum of a prelude");
  }
  if (headers > kEventHeaderBytesMax || total < kFrameBytes + headers ||
      total - kFrameBytes - headers > kEventPayloadBytesMax) {
    return broken("a size out of bounds");
  }
  if (rest.size() < total) return std::nullopt;
  const std::string_view checked = rest.substr(0, total - 4);
  if (read<std::uint32_t>(rest.data() + checked.size()) != crc32(checked)) {
    return broken("wrong checksum of a message");
  }
  EventMessage message;
  if (!HeaderReader(checked.substr(kPreludeBytes, headers)).read_all(message.headers)) {
    return broken("a header that does not parse");
  }
  message.payload = checked.substr(kPreludeBytes + headers);
  at_ += total;
  return message;
}

}  // namespace headrace::wire
