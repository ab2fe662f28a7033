#include "http/http2_upgrade.h"

#include "base/base64.h"

namespace headrace::http {
namespace {

constexpr std::string_view kClientPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::size_t kSettingBytes = 6;
// Far more than there are settings.
constexpr std::size_t kSettingsMax = 32;

}  // namespace

Preface sniff_preface(std::string_view bytes) {
  if (bytes.size() < kClientPreface.size()) {
    return kClientPreface.starts_with(bytes) ? Preface::kPartial : Preface::kOther;
  }
  return bytes.starts_with(kClientPreface) ? Preface::kHttp2 : Preface::kOther;
}

std::optional<std::string> decode_http2_settings(std::string_view field) {
  if (field.size() > base64_encoded_size(kSettingsMax * kSettingBytes)) {
    return std::nullopt;
  }
  std::string text(field);
  for (char& c : text) {
    if (c == '+' || c == '/' || c == '=') {
      return std::nullopt;
    }
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  }
  text.append((4 - text.size() % 4) % 4, '=');
  auto payload = base64_decode(text);
  if (!payload || payload->size() % kSettingBytes != 0) {
    return std::nullopt;
  }
  return payload;
}

}  // namespace headrace::http
