#include "base/base64.h"
#include "services/s3/s3.h"
#include "wire/rest_xml.h"

namespace headrace::services::s3 {
namespace {

std::string_view exact_or(const Error& error, std::string_view otherwise) {
  return error.detail.empty() ? otherwise : std::string_view(error.detail);
}

struct StandardMessage {
  ErrorCode code;
  std::string_view text;
};

// What S3 says whatever the layer below had to say. Codes that are not here carry S3's words
// already.
constexpr StandardMessage kStandardMessages[] = {
    {ErrorCode::kNoSuchBucket, "The specified bucket does not exist"},
    {ErrorCode::kNoSuchKey, "The specified key does not exist."},
    {ErrorCode::kNoSuchUpload,
     "The specified upload does not exist. The upload ID may be invalid, or the upload may "
     "have been aborted or completed."},
    {ErrorCode::kBucketNotEmpty, "The bucket you tried to delete is not empty"},
    {ErrorCode::kBucketAlreadyExists,
     "The requested bucket name is not available. The bucket namespace is shared by all "
     "users of the system. Please select a different name and try again."},
    {ErrorCode::kBucketAlreadyOwned,
     "Your previous request to create the named bucket succeeded and you already own it."},
    {ErrorCode::kInvalidBucketName, "The specified bucket is not valid."},
    {ErrorCode::kKeyTooLong, "Your key is too long"},
    {ErrorCode::kInvalidRange, "The requested range is not satisfiable"},
    {ErrorCode::kInvalidPart,
     "One or more of the specified parts could not be found.  The part may not have been "
     "uploaded, or the specified entity tag may not match the part's entity tag."},
    {ErrorCode::kInvalidPartOrder,
     "The list of parts was not in ascending order. Parts must be ordered by part number."},
    {ErrorCode::kEntityTooSmall, "Your proposed upload is smaller than the minimum allowed size"},
    {ErrorCode::kEntityTooLarge, "Your proposed upload exceeds the maximum allowed size"},
    {ErrorCode::kPreconditionFailed,
     "At least one of the pre-conditions you specified did not hold"},
    {ErrorCode::kPayloadHashMismatch,
     "The provided 'x-amz-content-sha256' header does not match what was computed."},
    {ErrorCode::kMissingContentLength, "You must provide the Content-Length HTTP header."},
    {ErrorCode::kMethodNotAllowed, "The specified method is not allowed against this resource."},
    {ErrorCode::kInvalidUri, "Couldn't parse the specified URI."},
    {ErrorCode::kIncompleteBody,
     "You did not provide the number of bytes specified by the Content-Length HTTP header"},
    {ErrorCode::kRequestTimeout,
     "Your socket connection to the server was not read from or written to within the "
     "timeout period. Idle connections will be closed."},
    {ErrorCode::kDiskFull, "Service is unable to handle request."},
    {ErrorCode::kUnavailable, "Service is unable to handle request."},
    {ErrorCode::kIo, "We encountered an internal error. Please try again."},
    {ErrorCode::kCorruption, "We encountered an internal error. Please try again."},
    {ErrorCode::kCancelled, "We encountered an internal error. Please try again."},
    {ErrorCode::kInternal, "We encountered an internal error. Please try again."},
};

std::string_view message_of(const Error& error) {
  for (const StandardMessage& standard : kStandardMessages) {
    if (standard.code == error.code) return standard.text;
  }
  return error.message;
}

}  // namespace

WireError wire_error(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument: return {exact_or(error, "InvalidArgument"), 400};
    case ErrorCode::kValidation:
    case ErrorCode::kSerialization: return {"InvalidArgument", 400};
    case ErrorCode::kUnknownOperation: return {"MethodNotAllowed", 405};
    // Its detail is the member's path.
    case ErrorCode::kNotImplemented: return {"NotImplemented", 501};
    case ErrorCode::kAccessDenied: return {exact_or(error, "AccessDenied"), 403};
    case ErrorCode::kMissingAuthentication: return {"AccessDenied", 403};
    case ErrorCode::kIncompleteSignature:
      return {exact_or(error, "AuthorizationHeaderMalformed"),
              error.detail == "AccessDenied" ? 403 : 400};
    case ErrorCode::kInvalidSignature: return {"SignatureDoesNotMatch", 403};
    case ErrorCode::kUnknownAccessKey: return {"InvalidAccessKeyId", 403};
    case ErrorCode::kRequestExpired: return {exact_or(error, "RequestTimeTooSkewed"), 403};
    case ErrorCode::kRequestTooLarge: return {"MaxMessageLengthExceeded", 400};
    case ErrorCode::kRequestTimeout: return {"RequestTimeout", 400};
    case ErrorCode::kMalformedHttp: return {"InvalidRequest", 400};
    case ErrorCode::kIncompleteBody: return {"IncompleteBody", 400};
    case ErrorCode::kLimitExceeded: return {exact_or(error, "TooManyBuckets"), 400};
    case ErrorCode::kThroughputExceeded: return {"SlowDown", 503};
    case ErrorCode::kNoSuchBucket: return {"NoSuchBucket", 404};
    case ErrorCode::kNoSuchKey: return {"NoSuchKey", 404};
    case ErrorCode::kNoSuchUpload: return {"NoSuchUpload", 404};
    case ErrorCode::kBucketNotEmpty: return {"BucketNotEmpty", 409};
    case ErrorCode::kBucketAlreadyExists: return {"BucketAlreadyExists", 409};
    case ErrorCode::kBucketAlreadyOwned: return {"BucketAlreadyOwnedByYou", 409};
    case ErrorCode::kInvalidBucketName: return {"InvalidBucketName", 400};
    case ErrorCode::kKeyTooLong: return {"KeyTooLongError", 400};
    case ErrorCode::kInvalidRange: return {"InvalidRange", 416};
    case ErrorCode::kInvalidPart: return {"InvalidPart", 400};
    case ErrorCode::kInvalidPartOrder: return {"InvalidPartOrder", 400};
    case ErrorCode::kEntityTooSmall: return {"EntityTooSmall", 400};
    case ErrorCode::kEntityTooLarge: return {"EntityTooLarge", 400};
    case ErrorCode::kPreconditionFailed: return {"PreconditionFailed", 412};
    case ErrorCode::kNotModified: return {"NotModified", 304};
    case ErrorCode::kBadDigest:
    case ErrorCode::kChecksumMismatch: return {"BadDigest", 400};
    case ErrorCode::kInvalidDigest: return {"InvalidDigest", 400};
    case ErrorCode::kPayloadHashMismatch: return {"XAmzContentSHA256Mismatch", 400};
    case ErrorCode::kMalformedDocument: return {exact_or(error, "MalformedXML"), 400};
    case ErrorCode::kMissingContentLength: return {"MissingContentLength", 411};
    case ErrorCode::kMethodNotAllowed: return {"MethodNotAllowed", 405};
    case ErrorCode::kInvalidUri: return {"InvalidURI", 400};
    case ErrorCode::kNotFound:
    case ErrorCode::kNoSuchConfiguration: return {exact_or(error, "NoSuchConfiguration"), 404};
    case ErrorCode::kKeyNotFound: return {"KMS.NotFoundException", 400};
    case ErrorCode::kKeyRefused: return {"AccessDenied", 403};
    case ErrorCode::kDiskFull:
    case ErrorCode::kUnavailable: return {"ServiceUnavailable", 503};
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kInUse: return {"OperationAborted", 409};
    case ErrorCode::kIteratorExpired:
    case ErrorCode::kTokenExpired:
    case ErrorCode::kDryRun:
    case ErrorCode::kIo:
    case ErrorCode::kCorruption:
    case ErrorCode::kCancelled:
    case ErrorCode::kInternal: return {"InternalError", 500};
  }
  return {"InternalError", 500};
}

std::string host_id(std::string_view request_id) {
  return base64_encode(std::string(request_id) + " headrace");
}

std::string error_document(const Error& error, std::string_view resource,
                           std::string_view request_id) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>";
  const auto add = [&out](std::string_view name, std::string_view text) {
    out.append("<").append(name).append(">");
    wire::append_xml_text(out, text);
    out.append("</").append(name).append(">");
  };
  add("Code", wire_error(error).name);
  add("Message", message_of(error));
  add("Resource", resource);
  add("RequestId", request_id);
  add("HostId", host_id(request_id));
  return out + "</Error>";
}

}  // namespace headrace::services::s3
