#include "services/s3/listing.h"

#include <cstring>
#include <utility>

#include "base/base64.h"
#include "base/crc.h"
#include "services/s3/conditions.h"
#include "services/s3/integrity.h"
#include "wire/uri.h"

namespace headrace::services::s3 {

ObjectEntry object_entry(const objects::Object& object) {
  ObjectEntry entry;
  entry.key = object.key;
  entry.last_modified = object.modified;
  entry.etag = quoted(object.etag);
  entry.size = static_cast<std::int64_t>(object.size);
  entry.storage_class = "STANDARD";
  if (object.checksum) {
    entry.checksum_algorithm.emplace().emplace_back(objects::name(object.checksum->algorithm));
    entry.checksum_type = std::string(name(object.checksum->type));
  }
  return entry;
}

std::string KeyEncoding::operator()(std::string_view text) const {
  return url_ ? wire::percent_encode(text, true) : std::string(text);
}

std::vector<CommonPrefix> common_prefixes(const std::vector<std::string>& prefixes,
                                          const KeyEncoding& encode) {
  std::vector<CommonPrefix> out;
  out.reserve(prefixes.size());
  for (const std::string& prefix : prefixes) out.push_back({.prefix = encode(prefix)});
  return out;
}

Result<std::int32_t> page_size(const std::optional<std::int32_t>& asked, std::string_view name) {
  if (asked && *asked < 0) {
    return fail(ErrorCode::kInvalidArgument,
                "Argument " + std::string(name) + " must be an integer between 0 and 2147483647");
  }
  return std::min(asked.value_or(kPageMax), kPageMax);
}

std::string make_token(std::string_view after) {
  const std::uint32_t crc = crc32c(after);
  std::string bytes(sizeof crc, '\0');
  std::memcpy(bytes.data(), &crc, sizeof crc);
  return base64_encode(bytes.append(after));
}

Result<std::string> read_token(std::string_view token) {
  const auto bytes = base64_decode(token);
  std::uint32_t crc = 0;
  if (bytes && bytes->size() > sizeof crc) {
    std::memcpy(&crc, bytes->data(), sizeof crc);
    std::string after = bytes->substr(sizeof crc);
    if (crc32c(after) == crc) return after;
  }
  return fail(ErrorCode::kInvalidArgument, "The continuation token provided is incorrect");
}

}  // namespace headrace::services::s3
