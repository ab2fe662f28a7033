// GetBucketNotificationConfiguration: none can be set yet, so it is empty.

#include <functional>

#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Response {
  static constexpr auto shape = wire::structure(
      wire::refused("TopicConfigurations", wire::xml_name("TopicConfiguration"), wire::flattened),
      wire::refused("QueueConfigurations", wire::xml_name("QueueConfiguration"), wire::flattened),
      wire::refused("LambdaFunctionConfigurations", wire::xml_name("CloudFunctionConfiguration"),
                    wire::flattened),
      wire::refused("EventBridgeConfiguration"));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, BucketRequest request) {
  CO_ASSIGN_OR_RETURN(const objects::Bucket bucket,
                      find_bucket(s3, request.bucket, request.expected_bucket_owner));
  Response response;
  co_return response;
}

}  // namespace

Operation get_bucket_notification_configuration(S3& s3) {
  return at("GET", "/{Bucket}?notification", "NotificationConfiguration",
            operation<BucketRequest, Response>("GetBucketNotificationConfiguration",
                                               "s3:GetBucketNotification",
                                               std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
