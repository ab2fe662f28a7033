// How a connection that began in HTTP/1.1's clothes turns out to be HTTP/2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headrace::http {

enum class Preface : std::uint8_t { kPartial, kHttp2, kOther };

// What the first bytes of a connection are: HTTP/2's client preface (RFC 9113 section 3.4), a part
// of it, or something else. No request of HTTP/1.1 begins with it.
Preface sniff_preface(std::string_view bytes);

// The payload of HTTP2-Settings (RFC 7540 section 3.2.1): base64url without padding, of whole
// settings, 6 bytes each. Nothing when it is anything else.
std::optional<std::string> decode_http2_settings(std::string_view field);

}  // namespace headrace::http
