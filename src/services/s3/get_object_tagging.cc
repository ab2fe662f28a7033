// GetObjectTagging: no object can be given tags yet, so there are none.

#include <functional>

#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Request {
  std::string bucket;
  std::string key;
  std::optional<std::string> version_id;
  std::optional<std::string> expected_bucket_owner;
  std::optional<std::string> request_payer;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::bucket>("Bucket", wire::required, wire::label("Bucket")),
      wire::member<&Request::key>("Key", wire::required, wire::label("Key"), wire::length(1)),
      wire::member<&Request::version_id>("VersionId", wire::query("versionId")),
      wire::member<&Request::expected_bucket_owner>("ExpectedBucketOwner",
                                                    wire::header("x-amz-expected-bucket-owner")),
      wire::member<&Request::request_payer>("RequestPayer", wire::header("x-amz-request-payer"),
                                            wire::one_of(kRequestPayers)));
};

struct Response {
  std::vector<Tag> tag_set;
  static constexpr auto shape = wire::structure(
      wire::refused("VersionId", wire::header("x-amz-version-id")),
      wire::member<&Response::tag_set>("TagSet", wire::required, wire::item("Tag")));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, Request request) {
  auto found = find_object(s3, request.bucket, request.key, request.version_id,
                           request.expected_bucket_owner);
  if (!found) co_return std::unexpected(std::move(found).error());
  co_return Response();
}

}  // namespace

Operation get_object_tagging(S3& s3) {
  return at("GET", "/{Bucket}/{Key+}?tagging", "Tagging",
            operation<Request, Response>("GetObjectTagging", "s3:GetObjectTagging",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
