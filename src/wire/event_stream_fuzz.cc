// Any bytes as an event stream: reading never crashes, how they are cut makes no difference, and
// what was read encodes to the same bytes.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/crc.h"
#include "wire/event_stream.h"

namespace {

using namespace headrace::wire;  // NOLINT(google-build-using-namespace)

// The messages, then whether an error ended them.
std::pair<std::vector<EventMessage>, bool> read_all(std::string_view bytes, std::size_t piece) {
  std::vector<EventMessage> messages;
  EventStreamReader reader;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    reader.add(bytes.substr(at, piece));
    while (true) {
      auto message = reader.next();
      if (!message) return {messages, true};
      if (!*message) break;
      messages.push_back(std::move(**message));
    }
  }
  return {messages, false};
}

void store(std::string& bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(value >> (24 - 8 * i));
}

// Frames `body`, whose first byte says how much of it is headers: no mutation finds a checksum.
std::string framed(std::string_view body) {
  const std::size_t headers =
      std::min<std::size_t>(static_cast<unsigned char>(body[0]), body.size() - 1);
  std::string bytes(12, '\0');
  bytes.append(body.substr(1));
  store(bytes, 0, static_cast<std::uint32_t>(bytes.size() + 4));
  store(bytes, 4, static_cast<std::uint32_t>(headers));
  store(bytes, 8, headrace::crc32(std::string_view(bytes).substr(0, 8)));
  const std::uint32_t sum = headrace::crc32(bytes);
  bytes.append(4, '\0');
  store(bytes, bytes.size() - 4, sum);
  return bytes;
}

void check(std::string_view bytes) {
  const auto whole = read_all(bytes, std::max<std::size_t>(bytes.size(), 1));
  CHECK(whole == read_all(bytes, 7));
  std::string again;
  for (const EventMessage& message : whole.first) again += encode_event_message(message);
  CHECK(bytes.starts_with(again));
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  if (size > 0) check(framed(bytes));
  return 0;
}
