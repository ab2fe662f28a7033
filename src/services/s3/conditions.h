// Conditional requests: If-Match and its relatives, in S3's order of precedence.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "objects/object_store.h"

namespace headrace::services::s3 {

struct ReadConditions {
  std::optional<std::string> if_match;
  std::optional<std::string> if_none_match;
  std::optional<WallTime> if_modified_since;
  std::optional<WallTime> if_unmodified_since;
};

// kPreconditionFailed, kNotModified. If-Match decides alone when it is there, If-None-Match
// likewise over If-Modified-Since; dates compare in whole seconds.
Status check_read(const ReadConditions& conditions, const objects::Object& object);
// The same for the source of a copy, where nothing is "not modified": kPreconditionFailed.
Status check_copy_source(const ReadConditions& conditions, const objects::Object& source);

// kNotImplemented for an If-None-Match other than "*", as S3 has it.
Result<objects::WriteConditions> write_conditions(const std::optional<std::string>& if_match,
                                                  const std::optional<std::string>& if_none_match);

// "\"e\"" or W/"e" -> e
std::string_view unquoted(std::string_view etag);
std::string quoted(std::string_view etag);

}  // namespace headrace::services::s3
