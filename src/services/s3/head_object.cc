// HeadObject: the headers of GetObject.

#include <functional>
#include <utility>

#include "services/s3/object_answer.h"
#include "services/s3/s3.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {
namespace {

struct Request {
  std::string bucket;
  std::optional<std::string> if_match;
  std::optional<WallTime> if_modified_since;
  std::optional<std::string> if_none_match;
  std::optional<WallTime> if_unmodified_since;
  std::string key;
  std::optional<std::string> range;
  std::optional<std::string> response_cache_control;
  std::optional<std::string> response_content_disposition;
  std::optional<std::string> response_content_encoding;
  std::optional<std::string> response_content_language;
  std::optional<std::string> response_content_type;
  std::optional<WallTime> response_expires;
  std::optional<std::string> version_id;
  std::optional<std::string> request_payer;
  std::optional<std::string> expected_bucket_owner;
  std::optional<std::string> checksum_mode;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::bucket>("Bucket", wire::required, wire::label("Bucket")),
      wire::member<&Request::if_match>("IfMatch", wire::header("If-Match")),
      wire::member<&Request::if_modified_since>("IfModifiedSince",
                                                wire::header("If-Modified-Since")),
      wire::member<&Request::if_none_match>("IfNoneMatch", wire::header("If-None-Match")),
      wire::member<&Request::if_unmodified_since>("IfUnmodifiedSince",
                                                  wire::header("If-Unmodified-Since")),
      wire::member<&Request::key>("Key", wire::required, wire::label("Key"), wire::length(1)),
      wire::member<&Request::range>("Range", wire::header("Range")),
      wire::member<&Request::response_cache_control>("ResponseCacheControl",
                                                     wire::query("response-cache-control")),
      wire::member<&Request::response_content_disposition>(
          "ResponseContentDisposition", wire::query("response-content-disposition")),
      wire::member<&Request::response_content_encoding>("ResponseContentEncoding",
                                                        wire::query("response-content-encoding")),
      wire::member<&Request::response_content_language>("ResponseContentLanguage",
                                                        wire::query("response-content-language")),
      wire::member<&Request::response_content_type>("ResponseContentType",
                                                    wire::query("response-content-type")),
      wire::member<&Request::response_expires>("ResponseExpires", wire::query("response-expires")),
      wire::member<&Request::version_id>("VersionId", wire::query("versionId")),
      wire::refused("SSECustomerAlgorithm",
                    wire::header("x-amz-server-side-encryption-customer-algorithm")),
      wire::refused("SSECustomerKey", wire::header("x-amz-server-side-encryption-customer-key")),
      wire::refused("SSECustomerKeyMD5",
                    wire::header("x-amz-server-side-encryption-customer-key-MD5")),
      wire::member<&Request::request_payer>("RequestPayer", wire::header("x-amz-request-payer"),
                                            wire::one_of(kRequestPayers)),
      wire::refused("PartNumber", wire::query("partNumber")),
      wire::member<&Request::expected_bucket_owner>("ExpectedBucketOwner",
                                                    wire::header("x-amz-expected-bucket-owner")),
      wire::member<&Request::checksum_mode>("ChecksumMode", wire::header("x-amz-checksum-mode"),
                                            wire::one_of("ENABLED")));
};

struct Response {
  std::optional<std::string> accept_ranges;
  std::optional<WallTime> last_modified;
  std::optional<std::int64_t> content_length;
  std::optional<std::string> checksum_crc32;
  std::optional<std::string> checksum_crc32c;
  std::optional<std::string> checksum_crc64nvme;
  std::optional<std::string> checksum_sha1;
  std::optional<std::string> checksum_sha256;
  std::optional<std::string> checksum_type;
  std::optional<std::string> etag;
  std::optional<std::string> cache_control;
  std::optional<std::string> content_disposition;
  std::optional<std::string> content_encoding;
  std::optional<std::string> content_language;
  std::optional<std::string> content_type;
  std::optional<std::string> content_range;
  std::optional<std::string> expires;
  std::optional<std::map<std::string, std::string>> metadata;
  std::int32_t status = 200;
  static constexpr auto shape = wire::structure(
      wire::refused("DeleteMarker", wire::header("x-amz-delete-marker")),
      wire::member<&Response::accept_ranges>("AcceptRanges", wire::header("accept-ranges")),
      wire::refused("Expiration", wire::header("x-amz-expiration")),
      wire::refused("Restore", wire::header("x-amz-restore")),
      wire::refused("ArchiveStatus", wire::header("x-amz-archive-status")),
      wire::member<&Response::last_modified>("LastModified", wire::header("Last-Modified")),
      wire::member<&Response::content_length>("ContentLength", wire::header("Content-Length")),
      wire::member<&Response::checksum_crc32>("ChecksumCRC32",
                                              wire::header("x-amz-checksum-crc32")),
      wire::member<&Response::checksum_crc32c>("ChecksumCRC32C",
                                               wire::header("x-amz-checksum-crc32c")),
      wire::member<&Response::checksum_crc64nvme>("ChecksumCRC64NVME",
                                                  wire::header("x-amz-checksum-crc64nvme")),
      wire::member<&Response::checksum_sha1>("ChecksumSHA1", wire::header("x-amz-checksum-sha1")),
      wire::member<&Response::checksum_sha256>("ChecksumSHA256",
                                               wire::header("x-amz-checksum-sha256")),
      wire::refused("ChecksumSHA512", wire::header("x-amz-checksum-sha512")),
      wire::refused("ChecksumMD5", wire::header("x-amz-checksum-md5")),
      wire::refused("ChecksumXXHASH64", wire::header("x-amz-checksum-xxhash64")),
      wire::refused("ChecksumXXHASH3", wire::header("x-amz-checksum-xxhash3")),
      wire::refused("ChecksumXXHASH128", wire::header("x-amz-checksum-xxhash128")),
      wire::member<&Response::checksum_type>("ChecksumType", wire::header("x-amz-checksum-type"),
                                             wire::one_of(kChecksumTypes)),
      wire::member<&Response::etag>("ETag", wire::header("ETag")),
      wire::refused("MissingMeta", wire::header("x-amz-missing-meta")),
      wire::refused("VersionId", wire::header("x-amz-version-id")),
      wire::member<&Response::cache_control>("CacheControl", wire::header("Cache-Control")),
      wire::member<&Response::content_disposition>("ContentDisposition",
                                                   wire::header("Content-Disposition")),
      wire::member<&Response::content_encoding>("ContentEncoding",
                                                wire::header("Content-Encoding")),
      wire::member<&Response::content_language>("ContentLanguage",
                                                wire::header("Content-Language")),
      wire::member<&Response::content_type>("ContentType", wire::header("Content-Type")),
      wire::member<&Response::content_range>("ContentRange", wire::header("Content-Range")),
      wire::member<&Response::expires>("Expires", wire::header("Expires")),
      wire::refused("WebsiteRedirectLocation", wire::header("x-amz-website-redirect-location")),
      wire::refused("ServerSideEncryption", wire::header("x-amz-server-side-encryption")),
      wire::member<&Response::metadata>("Metadata", wire::prefix_headers("x-amz-meta-")),
      wire::refused("SSECustomerAlgorithm",
                    wire::header("x-amz-server-side-encryption-customer-algorithm")),
      wire::refused("SSECustomerKeyMD5",
                    wire::header("x-amz-server-side-encryption-customer-key-MD5")),
      wire::refused("SSEKMSKeyId", wire::header("x-amz-server-side-encryption-aws-kms-key-id")),
      wire::refused("BucketKeyEnabled",
                    wire::header("x-amz-server-side-encryption-bucket-key-enabled")),
      wire::refused("StorageClass", wire::header("x-amz-storage-class")),
      wire::refused("RequestCharged", wire::header("x-amz-request-charged")),
      wire::refused("ReplicationStatus", wire::header("x-amz-replication-status")),
      wire::refused("PartsCount", wire::header("x-amz-mp-parts-count")),
      wire::refused("TagCount", wire::header("x-amz-tagging-count")),
      wire::refused("ObjectLockMode", wire::header("x-amz-object-lock-mode")),
      wire::refused("ObjectLockRetainUntilDate",
                    wire::header("x-amz-object-lock-retain-until-date"), wire::iso8601),
      wire::refused("ObjectLockLegalHoldStatus", wire::header("x-amz-object-lock-legal-hold")),
      wire::refused("ObjectLockEventHold", wire::header("x-amz-object-lock-event-hold")),
      wire::refused("ObjectLockEventHoldDurationDays",
                    wire::header("x-amz-object-lock-event-hold-duration-days")),
      wire::refused("ObjectLockEventHoldDurationYears",
                    wire::header("x-amz-object-lock-event-hold-duration-years")),
      wire::member<&Response::status>("StatusCode", wire::status()));
};

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller caller, Request request) {
  CO_ASSIGN_OR_RETURN(const objects::Object object, find_for_read(s3, caller, request));
  Response response;
  if (auto range = answer_object(request, object, response); !range) {
    co_return std::unexpected(std::move(range).error());
  }
  co_return response;
}

}  // namespace

Operation head_object(S3& s3) {
  return at("HEAD", "/{Bucket}/{Key+}", "",
            operation<Request, Response>("HeadObject", "s3:GetObject",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
