// DeleteObjects: up to a thousand keys in one log entry; each is told of unless asked to be quiet.

#include <functional>
#include <utility>

#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

constexpr std::size_t kKeysMax = 1000;

struct Identifier {
  std::string key;
  std::optional<std::string> version_id;
  static constexpr auto shape =
      wire::structure(wire::member<&Identifier::key>("Key", wire::required, wire::length(1)),
                      wire::member<&Identifier::version_id>("VersionId"), wire::refused("ETag"),
                      wire::refused("LastModifiedTime"), wire::refused("Size"));
};

struct Delete {
  std::vector<Identifier> objects;
  std::optional<bool> quiet;
  static constexpr auto shape =
      wire::structure(wire::member<&Delete::objects>("Objects", wire::required,
                                                     wire::xml_name("Object"), wire::flattened),
                      wire::member<&Delete::quiet>("Quiet"));
};

struct Request {
  std::string bucket;
  Delete remove;
  std::optional<std::string> request_payer;
  std::optional<std::string> expected_bucket_owner;
  std::optional<std::string> checksum_algorithm;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::bucket>("Bucket", wire::required, wire::label("Bucket")),
      wire::member<&Request::remove>("Delete", wire::required, wire::payload("Delete")),
      wire::refused("MFA", wire::header("x-amz-mfa")),
      wire::member<&Request::request_payer>("RequestPayer", wire::header("x-amz-request-payer"),
                                            wire::one_of(kRequestPayers)),
      wire::refused("BypassGovernanceRetention", wire::header("x-amz-bypass-governance-retention")),
      wire::member<&Request::expected_bucket_owner>("ExpectedBucketOwner",
                                                    wire::header("x-amz-expected-bucket-owner")),
      wire::member<&Request::checksum_algorithm>("ChecksumAlgorithm",
                                                 wire::header("x-amz-sdk-checksum-algorithm"),
                                                 wire::one_of(kChecksumAlgorithms)));
};

struct Deleted {
  std::string key;
  std::optional<std::string> version_id;
  static constexpr auto shape =
      wire::structure(wire::member<&Deleted::key>("Key", wire::length(1)),
                      wire::member<&Deleted::version_id>("VersionId"),
                      wire::refused("DeleteMarker"), wire::refused("DeleteMarkerVersionId"));
};

struct Failure {
  std::string key;
  std::optional<std::string> version_id;
  std::string code;
  std::string message;
  static constexpr auto shape = wire::structure(wire::member<&Failure::key>("Key", wire::length(1)),
                                                wire::member<&Failure::version_id>("VersionId"),
                                                wire::member<&Failure::code>("Code"),
                                                wire::member<&Failure::message>("Message"));
};

struct Response {
  std::vector<Deleted> deleted;
  std::vector<Failure> errors;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::deleted>("Deleted", wire::flattened),
      wire::refused("RequestCharged", wire::header("x-amz-request-charged")),
      wire::member<&Response::errors>("Errors", wire::xml_name("Error"), wire::flattened));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, Request request) {
  if (request.remove.objects.empty() || request.remove.objects.size() > kKeysMax) {
    co_return fail(ErrorCode::kMalformedDocument,
                   "The XML you provided was not well-formed or did not validate against our "
                   "published schema");
  }
  if (auto found = find_bucket(s3, request.bucket, request.expected_bucket_owner); !found) {
    co_return std::unexpected(std::move(found).error());
  }
  Response response;
  std::vector<std::string> keys;
  for (Identifier& object : request.remove.objects) {
    if (const Status version = check_version(object.version_id); !version) {
      response.errors.push_back({.key = object.key,
                                 .version_id = object.version_id,
                                 .code = "NoSuchVersion",
                                 .message = "The specified version does not exist."});
      continue;
    }
    keys.push_back(object.key);
    if (!request.remove.quiet.value_or(false)) {
      response.deleted.push_back(
          {.key = std::move(object.key), .version_id = std::move(object.version_id)});
    }
  }
  CO_RETURN_IF_ERROR(co_await s3.objects.remove_many(std::move(request.bucket), std::move(keys)));
  co_return response;
}

}  // namespace

Operation delete_objects(S3& s3) {
  return at("POST", "/{Bucket}?delete", "DeleteResult",
            operation<Request, Response>("DeleteObjects", "s3:DeleteObject",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
