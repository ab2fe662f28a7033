// Shapes that several S3 operations share, and the value sets of S3's model.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wire/shape.h"

namespace headrace::services::s3 {

inline constexpr std::string_view kChecksumAlgorithms =
    "CRC32|CRC32C|SHA1|SHA256|CRC64NVME|SHA512|MD5|XXHASH64|XXHASH3|XXHASH128";
inline constexpr std::string_view kChecksumTypes = "COMPOSITE|FULL_OBJECT";
inline constexpr std::string_view kEncryptions = "AES256|aws:fsx|aws:backup|aws:kms|aws:kms:dsse";
inline constexpr std::string_view kGranteeTypes = "CanonicalUser|AmazonCustomerByEmail|Group";
inline constexpr std::string_view kLocations =
    "af-south-1|ap-east-1|ap-east-2|ap-northeast-1|ap-northeast-2|ap-northeast-3|ap-south-1|"
    "ap-south-2|ap-southeast-1|ap-southeast-2|ap-southeast-3|ap-southeast-4|ap-southeast-5|"
    "ap-southeast-6|ap-southeast-7|ca-central-1|ca-west-1|cn-north-1|cn-northwest-1|EU|"
    "eu-central-1|eu-central-2|eu-north-1|eu-south-1|eu-south-2|eu-west-1|eu-west-2|"
    "eu-west-3|il-central-1|me-central-1|me-south-1|mx-central-1|sa-east-1|us-east-2|"
    "us-gov-east-1|us-gov-west-1|us-west-1|us-west-2";
inline constexpr std::string_view kObjectAcls =
    "private|public-read|public-read-write|authenticated-read|aws-exec-read|"
    "bucket-owner-read|bucket-owner-full-control";
inline constexpr std::string_view kObjectStorageClasses =
    "STANDARD|REDUCED_REDUNDANCY|GLACIER|STANDARD_IA|ONEZONE_IA|INTELLIGENT_TIERING|"
    "DEEP_ARCHIVE|OUTPOSTS|GLACIER_IR|SNOW|EXPRESS_ONEZONE|FSX_OPENZFS|FSX_ONTAP|"
    "AWS_BACKUP_WARM|AWS_BACKUP_LOW_COST_WARM";
inline constexpr std::string_view kOptionalAttributes = "RestoreStatus";
inline constexpr std::string_view kRequestPayers = "requester";
inline constexpr std::string_view kStorageClasses =
    "STANDARD|REDUCED_REDUNDANCY|STANDARD_IA|ONEZONE_IA|INTELLIGENT_TIERING|GLACIER|"
    "DEEP_ARCHIVE|OUTPOSTS|GLACIER_IR|SNOW|EXPRESS_ONEZONE|FSX_OPENZFS|FSX_ONTAP|"
    "AWS_BACKUP_WARM|AWS_BACKUP_LOW_COST_WARM";

struct Owner {
  std::optional<std::string> id;
  static constexpr auto shape =
      wire::structure(wire::refused("DisplayName"), wire::member<&Owner::id>("ID"));
};

struct Initiator {
  std::optional<std::string> id;
  static constexpr auto shape =
      wire::structure(wire::member<&Initiator::id>("ID"), wire::refused("DisplayName"));
};

struct CommonPrefix {
  std::optional<std::string> prefix;
  static constexpr auto shape = wire::structure(wire::member<&CommonPrefix::prefix>("Prefix"));
};

struct Tag {
  std::string key;
  std::string value;
  static constexpr auto shape =
      wire::structure(wire::member<&Tag::key>("Key", wire::required, wire::length(1)),
                      wire::member<&Tag::value>("Value", wire::required));
};

// What the reads of a bucket's configuration take.
struct BucketRequest {
  std::string bucket;
  std::optional<std::string> expected_bucket_owner;
  static constexpr auto shape = wire::structure(
      wire::member<&BucketRequest::bucket>("Bucket", wire::required, wire::label("Bucket")),
      wire::member<&BucketRequest::expected_bucket_owner>(
          "ExpectedBucketOwner", wire::header("x-amz-expected-bucket-owner")));
};

}  // namespace headrace::services::s3
