#include "services/s3/copy_source.h"

#include <simdjson.h>

#include <utility>

#include "wire/uri.h"

namespace headrace::services::s3 {

Result<CopySource> parse_copy_source(std::string_view header) {
  static constexpr std::string_view kVersion = "?versionId=";
  CopySource out;
  const std::size_t version = header.rfind(kVersion);
  if (version != std::string_view::npos) {
    out.version_id = std::string(header.substr(version + kVersion.size()));
    header = header.substr(0, version);
  }
  auto decoded = wire::percent_decode(header);
  if (decoded && decoded->starts_with('/')) decoded->erase(0, 1);
  const std::size_t slash = decoded ? decoded->find('/') : std::string::npos;
  if (slash == std::string::npos || slash == 0 || slash + 1 == decoded->size() ||
      decoded->find('\0') != std::string::npos ||
      !simdjson::validate_utf8(decoded->data(), decoded->size())) {
    return fail(ErrorCode::kInvalidArgument,
                "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
  }
  if (decoded->starts_with("arn:")) {
    return fail(ErrorCode::kNotImplemented, "Headrace does not support access points yet",
                "copySource");
  }
  out.bucket = decoded->substr(0, slash);
  out.key = decoded->substr(slash + 1);
  return out;
}

}  // namespace headrace::services::s3
