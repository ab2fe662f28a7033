// CreateBucket: durable when it returns; in us-east-1 making one's own bucket again changes
// nothing.

#include <functional>

#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

constexpr std::string_view kFirstRegion = "us-east-1";

// LocationConstraint is an enum in the model, but S3 has its own error for other values than a
// document that is malformed: region_of tells.
struct Configuration {
  std::optional<std::string> location_constraint;
  static constexpr auto shape = wire::structure(
      wire::member<&Configuration::location_constraint>("LocationConstraint"),
      wire::refused("Location"), wire::refused("Bucket"), wire::refused("Tags", wire::item("Tag")));
};

struct Request {
  std::optional<std::string> acl;
  std::string bucket;
  std::optional<Configuration> create_bucket_configuration;
  std::optional<bool> object_lock_enabled_for_bucket;
  std::optional<std::string> object_ownership;
  std::optional<std::string> bucket_namespace;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::acl>(
          "ACL", wire::header("x-amz-acl"),
          wire::one_of("private|public-read|public-read-write|authenticated-read")),
      wire::member<&Request::bucket>("Bucket", wire::required, wire::label("Bucket")),
      wire::member<&Request::create_bucket_configuration>(
          "CreateBucketConfiguration", wire::payload("CreateBucketConfiguration")),
      wire::refused("GrantFullControl", wire::header("x-amz-grant-full-control")),
      wire::refused("GrantRead", wire::header("x-amz-grant-read")),
      wire::refused("GrantReadACP", wire::header("x-amz-grant-read-acp")),
      wire::refused("GrantWrite", wire::header("x-amz-grant-write")),
      wire::refused("GrantWriteACP", wire::header("x-amz-grant-write-acp")),
      wire::member<&Request::object_lock_enabled_for_bucket>(
          "ObjectLockEnabledForBucket", wire::header("x-amz-bucket-object-lock-enabled")),
      wire::member<&Request::object_ownership>(
          "ObjectOwnership", wire::header("x-amz-object-ownership"),
          wire::one_of("BucketOwnerPreferred|ObjectWriter|BucketOwnerEnforced")),
      wire::member<&Request::bucket_namespace>("BucketNamespace",
                                               wire::header("x-amz-bucket-namespace"),
                                               wire::one_of("account-regional|global")));
};

struct Response {
  std::optional<std::string> location;
  std::optional<std::string> bucket_arn;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::location>("Location", wire::header("Location")),
                      wire::member<&Response::bucket_arn>(
                          "BucketArn", wire::header("x-amz-bucket-arn"), wire::length(1, 128),
                          wire::pattern("arn:[^:]+:(s3|s3express):.*")));
};

std::unexpected<Error> unsupported(std::string_view what, std::string detail) {
  return fail(ErrorCode::kNotImplemented, "Headrace does not support " + std::string(what) + " yet",
              std::move(detail));
}

Status check_settings(const Request& request) {
  if (request.acl && *request.acl != "private") {
    return fail(ErrorCode::kInvalidArgument,
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
                "InvalidBucketAclWithObjectOwnership");
  }
  if (request.object_ownership && *request.object_ownership != "BucketOwnerEnforced") {
    return unsupported("ObjectOwnership " + *request.object_ownership, "objectOwnership");
  }
  if (request.object_lock_enabled_for_bucket.value_or(false)) {
    return unsupported("ObjectLockEnabledForBucket", "objectLockEnabledForBucket");
  }
  if (request.bucket_namespace && *request.bucket_namespace != "global") {
    return unsupported("BucketNamespace " + *request.bucket_namespace, "bucketNamespace");
  }
  return {};
}

// The bucket's region: what the constraint says, which any endpoint but us-east-1's wants to be its
// own region.
Result<std::string> region_of(const Request& request, const std::string& endpoint) {
  std::string constraint;
  if (request.create_bucket_configuration) {
    constraint = request.create_bucket_configuration->location_constraint.value_or("");
  }
  if (constraint == "EU") constraint = "eu-west-1";
  // kLocations has no us-east-1, and neither has S3.
  const std::string choices = "|" + std::string(kLocations) + "|";
  if (!constraint.empty() && choices.find("|" + constraint + "|") == std::string::npos) {
    return fail(ErrorCode::kInvalidArgument, "The specified location-constraint is not valid",
                "InvalidLocationConstraint");
  }
  if (endpoint == kFirstRegion) return constraint.empty() ? std::string(kFirstRegion) : constraint;
  if (constraint == endpoint) return constraint;
  return fail(ErrorCode::kInvalidArgument,
              "The " + (constraint.empty() ? "unspecified" : constraint) +
                  " location constraint is incompatible for the region specific endpoint this "
                  "request was sent to.",
              "IllegalLocationConstraintException");
}

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller caller, Request request) {
  CO_RETURN_IF_ERROR(check_settings(request));
  CO_ASSIGN_OR_RETURN(std::string region, region_of(request, caller.region));
  objects::Bucket bucket{.account = caller.account,
                         .region = std::move(region),
                         .name = request.bucket,
                         .created = s3.clock.wall_now()};
  const Status created = co_await s3.objects.create_bucket(std::move(bucket));
  const bool again = !created && created.error().code == ErrorCode::kBucketAlreadyOwned &&
                     caller.region == kFirstRegion;
  if (!created && !again) co_return std::unexpected(created.error());
  Response response;
  response.location = "/" + request.bucket;
  response.bucket_arn = "arn:aws:s3:::" + request.bucket;
  co_return response;
}

}  // namespace

Operation create_bucket(S3& s3) {
  return at("PUT", "/{Bucket}", "",
            operation<Request, Response>("CreateBucket", "s3:CreateBucket",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
