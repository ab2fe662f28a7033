#include "services/s3/conditions.h"

#include <algorithm>

namespace headrace::services::s3 {
namespace {

// Whether the list of ETags in a header ("*", "\"a\", \"b\"") has the object's.
bool lists(std::string_view header, std::string_view etag) {
  while (true) {
    const std::size_t comma = std::min(header.find(','), header.size());
    const std::string_view one = unquoted(header.substr(0, comma));
    if (one == "*" || one == etag) return true;
    if (comma == header.size()) return false;
    header.remove_prefix(comma + 1);
  }
}

std::int64_t seconds(WallTime time) { return time.ms / 1000; }

std::unexpected<Error> failed() {
  return fail(ErrorCode::kPreconditionFailed,
              "At least one of the pre-conditions you specified did not hold");
}

bool matches(const ReadConditions& conditions, const objects::Object& object) {
  if (conditions.if_match) return lists(*conditions.if_match, object.etag);
  return !conditions.if_unmodified_since ||
         seconds(object.modified) <= seconds(*conditions.if_unmodified_since);
}

bool is_modified(const ReadConditions& conditions, const objects::Object& object) {
  if (conditions.if_none_match) return !lists(*conditions.if_none_match, object.etag);
  return !conditions.if_modified_since ||
         seconds(object.modified) > seconds(*conditions.if_modified_since);
}

}  // namespace

std::string_view unquoted(std::string_view etag) {
  while (etag.starts_with(' ')) etag.remove_prefix(1);
  while (etag.ends_with(' ')) etag.remove_suffix(1);
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
    etag = etag.substr(1, etag.size() - 2);
  }
  return etag;
}

std::string quoted(std::string_view etag) { return "\"" + std::string(etag) + "\""; }

Status check_read(const ReadConditions& conditions, const objects::Object& object) {
  if (!matches(conditions, object)) return failed();
  if (!is_modified(conditions, object)) return fail(ErrorCode::kNotModified, "Not Modified");
  return {};
}

Status check_copy_source(const ReadConditions& conditions, const objects::Object& source) {
  if (!matches(conditions, source) || !is_modified(conditions, source)) return failed();
  return {};
}

Result<objects::WriteConditions> write_conditions(const std::optional<std::string>& if_match,
                                                  const std::optional<std::string>& if_none_match) {
  objects::WriteConditions out;
  if (if_match) out.if_match = std::string(unquoted(*if_match));
  if (if_none_match) {
    if (*if_none_match != "*") {
      return fail(ErrorCode::kNotImplemented,
                  "A header you provided implies functionality that is not implemented",
                  "ifNoneMatch");
    }
    out.if_none_match = true;
  }
  return out;
}

}  // namespace headrace::services::s3
