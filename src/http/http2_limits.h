// What an HTTP/2 client may ask of one connection.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace headrace::http {

// Announced in SETTINGS. The list of headers has HTTP/1.1's bounds (request_parser.h).
inline constexpr std::uint32_t kStreamsMax = 256;
inline constexpr std::uint32_t kStreamWindowBytes = 1U << 20;
inline constexpr std::uint32_t kFrameBytesMax = 64U << 10;
// For all bodies of the connection together: what its clients can make us keep of bodies that their
// handlers do not read yet.
inline constexpr std::int32_t kConnectionWindowBytes = 16 << 20;
// Requests whose handlers still run, those included that the client has reset since.
inline constexpr std::size_t kHandlersMax = 2 * kStreamsMax;

// Bounds frames that cost us more than the client (CVE-2019-9511 and those after it,
// CVE-2023-44487). nghttp2 itself bounds CONTINUATION frames, the settings in one frame and the
// acknowledgements that wait to be sent.
class FloodGuard {
 public:
  enum class Kind : std::uint8_t { kReset, kPing, kSettings, kEmptyData, kPriority };
  using Time = std::chrono::steady_clock::time_point;

  // How often each may come within kPeriod.
  static constexpr std::array<std::uint32_t, 5> kCountsMax = {400, 600, 100, 1000, 2000};
  static constexpr std::chrono::seconds kPeriod{10};

  // Counts one; false: this was one too many.
  bool count(Kind kind, Time now);

 private:
  std::array<std::uint32_t, kCountsMax.size()> counts_{};
  Time period_end_ = Time::min();
};

}  // namespace headrace::http
