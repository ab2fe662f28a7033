// GetBucketEncryption: what S3 says of every bucket of today.

#include <functional>

#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Default {
  std::string sse_algorithm;
  static constexpr auto shape =
      wire::structure(wire::member<&Default::sse_algorithm>("SSEAlgorithm", wire::required,
                                                            wire::one_of(kEncryptions)),
                      wire::refused("KMSMasterKeyID"));
};

struct Rule {
  std::optional<Default> apply_server_side_encryption_by_default;
  std::optional<bool> bucket_key_enabled;
  static constexpr auto shape =
      wire::structure(wire::member<&Rule::apply_server_side_encryption_by_default>(
                          "ApplyServerSideEncryptionByDefault"),
                      wire::member<&Rule::bucket_key_enabled>("BucketKeyEnabled"),
                      wire::refused("BlockedEncryptionTypes"));
};

struct Configuration {
  std::vector<Rule> rules;
  static constexpr auto shape = wire::structure(wire::member<&Configuration::rules>(
      "Rules", wire::required, wire::xml_name("Rule"), wire::flattened));
};

struct Response {
  Configuration server_side_encryption_configuration;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::server_side_encryption_configuration>(
          "ServerSideEncryptionConfiguration", wire::payload()));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, BucketRequest request) {
  CO_ASSIGN_OR_RETURN(const objects::Bucket bucket,
                      find_bucket(s3, request.bucket, request.expected_bucket_owner));
  Response response;
  Rule rule;
  rule.apply_server_side_encryption_by_default = Default{.sse_algorithm = "AES256"};
  rule.bucket_key_enabled = false;
  response.server_side_encryption_configuration.rules.push_back(std::move(rule));
  co_return response;
}

}  // namespace

Operation get_bucket_encryption(S3& s3) {
  return at(
      "GET", "/{Bucket}?encryption", "ServerSideEncryptionConfiguration",
      operation<BucketRequest, Response>("GetBucketEncryption", "s3:GetEncryptionConfiguration",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
