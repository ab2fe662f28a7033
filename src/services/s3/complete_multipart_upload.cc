// CompleteMultipartUpload: the listed parts become one object, durable when it returns.

#include <algorithm>
#include <functional>
#include <utility>

#include "services/s3/conditions.h"
#include "services/s3/integrity.h"
#include "services/s3/s3.h"
#include "services/s3/shapes.h"
#include "services/s3/upload_part.h"
#include "wire/uri.h"

namespace headrace::services::s3 {
namespace {

struct ListedPart {
  std::optional<std::string> etag;
  std::optional<std::string> checksum_crc32;
  std::optional<std::string> checksum_crc32c;
  std::optional<std::string> checksum_crc64nvme;
  std::optional<std::string> checksum_sha1;
  std::optional<std::string> checksum_sha256;
  std::optional<std::int32_t> part_number;
  static constexpr auto shape = wire::structure(
      wire::member<&ListedPart::etag>("ETag"),
      wire::member<&ListedPart::checksum_crc32>("ChecksumCRC32"),
      wire::member<&ListedPart::checksum_crc32c>("ChecksumCRC32C"),
      wire::member<&ListedPart::checksum_crc64nvme>("ChecksumCRC64NVME"),
      wire::member<&ListedPart::checksum_sha1>("ChecksumSHA1"),
      wire::member<&ListedPart::checksum_sha256>("ChecksumSHA256"), wire::refused("ChecksumSHA512"),
      wire::refused("ChecksumMD5"), wire::refused("ChecksumXXHASH64"),
      wire::refused("ChecksumXXHASH3"), wire::refused("ChecksumXXHASH128"),
      wire::member<&ListedPart::part_number>("PartNumber"));
};

struct Parts {
  std::optional<std::vector<ListedPart>> parts;
  static constexpr auto shape = wire::structure(
      wire::member<&Parts::parts>("Parts", wire::xml_name("Part"), wire::flattened));
};

struct Request {
  std::string bucket;
  std::string key;
  std::optional<Parts> multipart_upload;
  std::string upload_id;
  std::optional<std::string> checksum_crc32;
  std::optional<std::string> checksum_crc32c;
  std::optional<std::string> checksum_crc64nvme;
  std::optional<std::string> checksum_sha1;
  std::optional<std::string> checksum_sha256;
  std::optional<std::string> checksum_type;
  std::optional<std::int64_t> mpu_object_size;
  std::optional<std::string> request_payer;
  std::optional<std::string> expected_bucket_owner;
  std::optional<std::string> if_match;
  std::optional<std::string> if_none_match;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::bucket>("Bucket", wire::required, wire::label("Bucket")),
      wire::member<&Request::key>("Key", wire::required, wire::label("Key"), wire::length(1)),
      wire::member<&Request::multipart_upload>("MultipartUpload",
                                               wire::payload("CompleteMultipartUpload")),
      wire::member<&Request::upload_id>("UploadId", wire::required, wire::query("uploadId")),
      wire::member<&Request::checksum_crc32>("ChecksumCRC32", wire::header("x-amz-checksum-crc32")),
      wire::member<&Request::checksum_crc32c>("ChecksumCRC32C",
                                              wire::header("x-amz-checksum-crc32c")),
      wire::member<&Request::checksum_crc64nvme>("ChecksumCRC64NVME",
                                                 wire::header("x-amz-checksum-crc64nvme")),
      wire::member<&Request::checksum_sha1>("ChecksumSHA1", wire::header("x-amz-checksum-sha1")),
      wire::member<&Request::checksum_sha256>("ChecksumSHA256",
                                              wire::header("x-amz-checksum-sha256")),
      wire::refused("ChecksumSHA512", wire::header("x-amz-checksum-sha512")),
      wire::refused("ChecksumMD5", wire::header("x-amz-checksum-md5")),
      wire::refused("ChecksumXXHASH64", wire::header("x-amz-checksum-xxhash64")),
      wire::refused("ChecksumXXHASH3", wire::header("x-amz-checksum-xxhash3")),
      wire::refused("ChecksumXXHASH128", wire::header("x-amz-checksum-xxhash128")),
      wire::member<&Request::checksum_type>("ChecksumType", wire::header("x-amz-checksum-type"),
                                            wire::one_of(kChecksumTypes)),
      wire::member<&Request::mpu_object_size>("MpuObjectSize",
                                              wire::header("x-amz-mp-object-size")),
      wire::member<&Request::request_payer>("RequestPayer", wire::header("x-amz-request-payer"),
                                            wire::one_of(kRequestPayers)),
      wire::member<&Request::expected_bucket_owner>("ExpectedBucketOwner",
                                                    wire::header("x-amz-expected-bucket-owner")),
      wire::member<&Request::if_match>("IfMatch", wire::header("If-Match")),
      wire::member<&Request::if_none_match>("IfNoneMatch", wire::header("If-None-Match")),
      wire::refused("SSECustomerAlgorithm",
                    wire::header("x-amz-server-side-encryption-customer-algorithm")),
      wire::refused("SSECustomerKey", wire::header("x-amz-server-side-encryption-customer-key")),
      wire::refused("SSECustomerKeyMD5",
                    wire::header("x-amz-server-side-encryption-customer-key-MD5")));
};

struct Response {
  std::string location;
  std::string bucket;
  std::string key;
  std::string etag;
  std::optional<std::string> checksum_crc32;
  std::optional<std::string> checksum_crc32c;
  std::optional<std::string> checksum_crc64nvme;
  std::optional<std::string> checksum_sha1;
  std::optional<std::string> checksum_sha256;
  std::optional<std::string> checksum_type;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::location>("Location"), wire::member<&Response::bucket>("Bucket"),
      wire::member<&Response::key>("Key", wire::length(1)),
      wire::refused("Expiration", wire::header("x-amz-expiration")),
      wire::member<&Response::etag>("ETag"),
      wire::member<&Response::checksum_crc32>("ChecksumCRC32"),
      wire::member<&Response::checksum_crc32c>("ChecksumCRC32C"),
      wire::member<&Response::checksum_crc64nvme>("ChecksumCRC64NVME"),
      wire::member<&Response::checksum_sha1>("ChecksumSHA1"),
      wire::member<&Response::checksum_sha256>("ChecksumSHA256"), wire::refused("ChecksumSHA512"),
      wire::refused("ChecksumMD5"), wire::refused("ChecksumXXHASH64"),
      wire::refused("ChecksumXXHASH3"), wire::refused("ChecksumXXHASH128"),
      wire::member<&Response::checksum_type>("ChecksumType", wire::one_of(kChecksumTypes)),
      wire::refused("ServerSideEncryption", wire::header("x-amz-server-side-encryption")),
      wire::refused("VersionId", wire::header("x-amz-version-id")),
      wire::refused("SSEKMSKeyId", wire::header("x-amz-server-side-encryption-aws-kms-key-id")),
      wire::refused("BucketKeyEnabled",
                    wire::header("x-amz-server-side-encryption-bucket-key-enabled")),
      wire::refused("RequestCharged", wire::header("x-amz-request-charged")));
};

std::unexpected<Error> malformed() {
  return fail(ErrorCode::kMalformedDocument,
              "The XML you provided was not well-formed or did not validate against our published "
              "schema");
}

// Parts as the store takes them. A checksum of another algorithm than the upload's was verified
// when the part came, and its ETag still tells it.
Result<std::vector<objects::Part>> listed_parts(const Request& request,
                                                const objects::Upload& upload) {
  if (!request.multipart_upload || !request.multipart_upload->parts ||
      request.multipart_upload->parts->empty()) {
    return malformed();
  }
  if (request.multipart_upload->parts->size() > objects::ObjectStore::kPartsMax) return malformed();
  std::vector<objects::Part> out;
  for (const ListedPart& listed : *request.multipart_upload->parts) {
    if (!listed.part_number || !listed.etag) return malformed();
    RETURN_IF_ERROR(check_part_number(*listed.part_number));
    objects::Part part;
    part.number = static_cast<std::uint32_t>(*listed.part_number);
    part.etag = std::string(unquoted(*listed.etag));
    for (const ChecksumText& text : checksum_texts(listed)) {
      auto value = parse_checksum(text.algorithm, text.text);
      if (!value) return fail(ErrorCode::kInvalidPart, "A part's checksum is none");
      if (text.algorithm == part_algorithm(upload)) {
        part.checksum = objects::Checksum{.algorithm = text.algorithm, .value = std::move(*value)};
      }
    }
    out.push_back(std::move(part));
  }
  return out;
}

std::unexpected<Error> invalid_request(std::string message) {
  return fail(ErrorCode::kInvalidArgument, std::move(message), "InvalidRequest");
}

// The checksum that the object will have, from those of its parts; nothing when a part has none.
std::optional<std::string> joined(const objects::Upload& upload,
                                  const std::vector<const objects::Part*>& parts) {
  const objects::ChecksumAlgorithm algorithm = part_algorithm(upload);
  const bool composite = upload.checksum_type == objects::ChecksumType::kComposite;
  std::string out;
  for (const objects::Part* part : parts) {
    if (!part->checksum || part->checksum->algorithm != algorithm) return std::nullopt;
    if (composite || out.empty()) {
      out += part->checksum->value;
    } else {
      out = objects::combine(algorithm, out, part->checksum->value, part->size);
    }
  }
  return composite ? objects::checksum_of(algorithm, out) : out;
}

// Holds what the request says of the whole object (x-amz-mp-object-size, x-amz-checksum-*) against
// the stored parts that it lists. Parts that are not there are left to the store to tell.
Status check_whole(const S3& s3, const Request& request, const objects::Upload& upload,
                   const std::vector<objects::Part>& listed) {
  if (request.checksum_type && *request.checksum_type != name(upload.checksum_type)) {
    return invalid_request("The upload was created using the " +
                           std::string(name(upload.checksum_type)) +
                           " checksum mode. The complete request must use the same checksum mode.");
  }
  const std::vector<ChecksumText> declared = checksum_texts(request);
  if (!request.mpu_object_size && declared.empty()) return {};
  ASSIGN_OR_RETURN(const auto stored,
                   s3.objects.parts(request.bucket, request.key, request.upload_id));
  std::vector<const objects::Part*> parts;
  std::uint64_t size = 0;
  for (const objects::Part& wanted : listed) {
    const auto found = std::ranges::find(stored, wanted.number, &objects::Part::number);
    if (found == stored.end()) return {};
    parts.push_back(&*found);
    size += found->size;
  }
  if (request.mpu_object_size && static_cast<std::uint64_t>(*request.mpu_object_size) != size) {
    return invalid_request("The provided 'x-amz-mp-object-size' header value " +
                           std::to_string(*request.mpu_object_size) +
                           " does not match what was computed: " + std::to_string(size));
  }
  if (declared.empty()) return {};
  const ChecksumText& whole = declared.front();
  if (declared.size() > 1 || whole.algorithm != part_algorithm(upload)) {
    return invalid_request("The checksum of the complete request must be the upload's: " +
                           std::string(objects::name(part_algorithm(upload))));
  }
  // A composite checksum may say of how many parts it is.
  const auto value = parse_checksum(whole.algorithm, whole.text.substr(0, whole.text.find('-')));
  if (!value) return invalid_request("Value for x-amz-checksum header is invalid.");
  if (joined(upload, parts) != value) {
    return fail(ErrorCode::kBadDigest, "The " + std::string(objects::name(whole.algorithm)) +
                                           " you specified did not match the calculated checksum.");
  }
  return {};
}

boost::asio::awaitable<Result<Response>> handle(S3& s3, Caller, Request request) {
  CO_ASSIGN_OR_RETURN(objects::WriteConditions conditions,
                      write_conditions(request.if_match, request.if_none_match));
  if (auto found = find_bucket(s3, request.bucket, request.expected_bucket_owner); !found) {
    co_return std::unexpected(std::move(found).error());
  }
  CO_ASSIGN_OR_RETURN(const objects::Upload upload,
                      s3.objects.upload(request.bucket, request.key, request.upload_id));
  CO_ASSIGN_OR_RETURN(std::vector<objects::Part> parts, listed_parts(request, upload));
  CO_RETURN_IF_ERROR(check_whole(s3, request, upload, parts));
  CO_ASSIGN_OR_RETURN(
      const objects::Object object,
      co_await s3.objects.complete_upload(request.bucket, request.key, request.upload_id,
                                          std::move(parts), std::move(conditions)));
  Response response;
  response.location = "/" + wire::percent_encode(request.bucket + "/" + request.key, true);
  response.bucket = std::move(request.bucket);
  response.key = std::move(request.key);
  response.etag = quoted(object.etag);
  if (object.checksum) show_checksum(response, *object.checksum, object.parts);
  co_return response;
}

}  // namespace

Operation complete_multipart_upload(S3& s3) {
  return at("POST", "/{Bucket}/{Key+}", "CompleteMultipartUploadResult",
            operation<Request, Response>("CompleteMultipartUpload", "s3:PutObject",
                                         std::bind_front(handle, std::ref(s3))));
}

}  // namespace headrace::services::s3
