#include <utility>

#include "base/hex.h"
#include "objects/checksum.h"
#include "services/s3/s3.h"

namespace headrace::services::s3 {

Result<objects::Bucket> find_bucket(const S3& s3, const std::string& bucket,
                                    const std::optional<std::string>& expected_owner) {
  auto found = s3.objects.bucket(bucket);
  if (found && expected_owner && *expected_owner != found->account) {
    return fail(ErrorCode::kAccessDenied, "Access Denied");
  }
  return found;
}

Status check_version(const std::optional<std::string>& version_id) {
  if (!version_id || *version_id == "null") return {};
  return fail(ErrorCode::kInvalidArgument, "Invalid version id specified");
}

Result<objects::Object> find_object(const S3& s3, const std::string& bucket, const std::string& key,
                                    const std::optional<std::string>& version_id,
                                    const std::optional<std::string>& expected_owner) {
  if (auto found = find_bucket(s3, bucket, expected_owner); !found) {
    return std::unexpected(std::move(found).error());
  }
  RETURN_IF_ERROR(check_version(version_id));
  return s3.objects.find(bucket, key);
}

std::string canonical_id(std::string_view account) {
  objects::ChecksumDigest digest(objects::ChecksumAlgorithm::kSha256);
  digest.update(account);
  return to_hex(digest.finish());
}

Operation at(std::string_view method, std::string_view uri, std::string_view root,
             Operation operation) {
  operation.method = method;
  operation.uri = uri;
  operation.xml_root = root;
  return operation;
}

}  // namespace headrace::services::s3
