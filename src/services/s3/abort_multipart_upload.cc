// AbortMultipartUpload: the upload and its parts are gone.

#include <functional>
#include <utility>

#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Request {
  std::string bucket;
  std::string key;
  std::string upload_id;
  std::optional<std::string> request_payer;
  std::optional<std::string> expected_bucket_owner;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::bucket>("Bucket", wire::required, wire::label("Bucket")),
      wire::member<&Request::key>("Key", wire::required, wire::label("Key"), wire::length(1)),
      wire::member<&Request::upload_id>("UploadId", wire::required, wire::query("uploadId")),
      wire::member<&Request::request_payer>("RequestPayer", wire::header("x-amz-request-payer"),
                                            wire::one_of(kRequestPayers)),
      wire::member<&Request::expected_bucket_owner>("ExpectedBucketOwner",
                                                    wire::header("x-amz-expected-bucket-owner")),
      wire::refused("IfMatchInitiatedTime", wire::header("x-amz-if-match-initiated-time")));
};

struct Response {
  std::int32_t status = 204;
  static constexpr auto shape =
      wire::structure(wire::refused("RequestCharged", wire::header("x-amz-request-charged")),
                      wire::refused("VersionId", wire::header("x-amz-version-id")),
                      wire::member<&Response::status>("StatusCode", wire::status()));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, Request request) {
  if (auto found = find_bucket(s3, request.bucket, request.expected_bucket_owner); !found) {
    co_return std::unexpected(std::move(found).error());
  }
  CO_RETURN_IF_ERROR(co_await s3.objects.abort_upload(
      std::move(request.bucket), std::move(request.key), std::move(request.upload_id)));
  co_return Response();
}

}  // namespace

Operation abort_multipart_upload(S3& s3) {
  return at("DELETE", "/{Bucket}/{Key+}", "",
            operation<Request, Response>("AbortMultipartUpload", "s3:AbortMultipartUpload",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
