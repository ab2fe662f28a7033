// DeleteObject: gone for good; what was not there is gone as well.

#include <functional>
#include <utility>

#include "services/s3/conditions.h"
#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Request {
  std::string bucket;
  std::string key;
  std::optional<std::string> version_id;
  std::optional<std::string> request_payer;
  std::optional<std::string> expected_bucket_owner;
  std::optional<std::string> if_match;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::bucket>("Bucket", wire::required, wire::label("Bucket")),
      wire::member<&Request::key>("Key", wire::required, wire::label("Key"), wire::length(1)),
      wire::refused("MFA", wire::header("x-amz-mfa")),
      wire::member<&Request::version_id>("VersionId", wire::query("versionId")),
      wire::member<&Request::request_payer>("RequestPayer", wire::header("x-amz-request-payer"),
                                            wire::one_of(kRequestPayers)),
      wire::refused("BypassGovernanceRetention", wire::header("x-amz-bypass-governance-retention")),
      wire::member<&Request::expected_bucket_owner>("ExpectedBucketOwner",
                                                    wire::header("x-amz-expected-bucket-owner")),
      wire::member<&Request::if_match>("IfMatch", wire::header("If-Match")),
      wire::refused("IfMatchLastModifiedTime", wire::header("x-amz-if-match-last-modified-time")),
      wire::refused("IfMatchSize", wire::header("x-amz-if-match-size")));
};

struct Response {
  std::int32_t status = 204;
  static constexpr auto shape =
      wire::structure(wire::refused("DeleteMarker", wire::header("x-amz-delete-marker")),
                      wire::refused("VersionId", wire::header("x-amz-version-id")),
                      wire::refused("RequestCharged", wire::header("x-amz-request-charged")),
                      wire::member<&Response::status>("StatusCode", wire::status()));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, Request request) {
  if (auto found = find_bucket(s3, request.bucket, request.expected_bucket_owner); !found) {
    co_return std::unexpected(std::move(found).error());
  }
  CO_RETURN_IF_ERROR(check_version(request.version_id));
  std::optional<std::string> if_match;
  if (request.if_match) if_match = std::string(unquoted(*request.if_match));
  CO_RETURN_IF_ERROR(co_await s3.objects.remove(std::move(request.bucket), std::move(request.key),
                                                std::move(if_match)));
  co_return Response();
}

}  // namespace

Operation delete_object(S3& s3) {
  return at("DELETE", "/{Bucket}/{Key+}", "",
            operation<Request, Response>("DeleteObject", "s3:DeleteObject",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
