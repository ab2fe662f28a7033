// GetBucketVersioning: no bucket has had it switched on.

#include <functional>

#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Response {
  static constexpr auto shape = wire::structure(
      wire::refused("Status"), wire::refused("MFADelete", wire::xml_name("MfaDelete")));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, BucketRequest request) {
  CO_ASSIGN_OR_RETURN(const objects::Bucket bucket,
                      find_bucket(s3, request.bucket, request.expected_bucket_owner));
  Response response;
  co_return response;
}

}  // namespace

Operation get_bucket_versioning(S3& s3) {
  return at("GET", "/{Bucket}?versioning", "VersioningConfiguration",
            operation<BucketRequest, Response>("GetBucketVersioning", "s3:GetBucketVersioning",
                                               std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
