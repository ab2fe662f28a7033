#include "services/s3/attributes.h"

#include <algorithm>

namespace headrace::services::s3 {
namespace {

constexpr std::size_t kUserMetadataBytesMax = 2048;

}  // namespace

Status check_attributes(const objects::Attributes& attributes) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : attributes.user_metadata) bytes += name.size() + value.size();
  if (bytes <= kUserMetadataBytesMax) return {};
  return fail(ErrorCode::kInvalidArgument,
              "Your metadata headers exceed the maximum allowed metadata size", "MetadataTooLarge");
}

Status check_placement(const std::optional<std::string>& acl,
                       const std::optional<std::string>& storage_class) {
  if (acl && *acl != "private" && *acl != "bucket-owner-full-control") {
    return fail(ErrorCode::kInvalidArgument, "The bucket does not allow ACLs",
                "AccessControlListNotSupported");
  }
  if (storage_class && *storage_class != "STANDARD") {
    return fail(ErrorCode::kNotImplemented,
                "Headrace does not support the storage class " + *storage_class + " yet",
                "storageClass");
  }
  return {};
}

std::string object_encoding(const std::string& content_encoding) {
  std::string out;
  std::string_view rest = content_encoding;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::string_view one = rest.substr(0, comma);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (!one.empty() && one != "aws-chunked") out.append(out.empty() ? "" : ",").append(one);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return out;
}

}  // namespace headrace::services::s3
