// The source of a copy: "bucket/key", percent-encoded, perhaps with a version.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace headrace::services::s3 {

struct CopySource {
  std::string bucket;
  std::string key;
  std::optional<std::string> version_id;
};

// kInvalidArgument when it is not that; kNotImplemented for the ARN of an access point.
Result<CopySource> parse_copy_source(std::string_view header);

}  // namespace headrace::services::s3
