#include "services/iam/iam.h"

namespace headrace::services::iam {

WireError wire_error(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kNotImplemented: return {"InvalidInput", 400};
    case ErrorCode::kValidation: return {"ValidationError", 400};
    case ErrorCode::kSerialization: return {"MalformedInput", 400};
    case ErrorCode::kUnknownOperation: return {"InvalidAction", 400};
    case ErrorCode::kAccessDenied: return {"AccessDenied", 403};
    case ErrorCode::kMissingAuthentication: return {"MissingAuthenticationToken", 403};
    case ErrorCode::kIncompleteSignature: return {"IncompleteSignature", 400};
    case ErrorCode::kInvalidSignature:
    case ErrorCode::kPayloadHashMismatch:
    case ErrorCode::kRequestExpired: return {"SignatureDoesNotMatch", 403};
    case ErrorCode::kUnknownAccessKey: return {"InvalidClientTokenId", 403};
    case ErrorCode::kRequestTooLarge: return {"RequestEntityTooLarge", 413};
    case ErrorCode::kThroughputExceeded: return {"Throttling", 400};
    case ErrorCode::kDiskFull:
    case ErrorCode::kUnavailable: return {"ServiceUnavailable", 503};
    case ErrorCode::kNotFound: return {"NoSuchEntity", 404};
    case ErrorCode::kAlreadyExists: return {"EntityAlreadyExists", 409};
    case ErrorCode::kInUse: return {"DeleteConflict", 409};
    case ErrorCode::kLimitExceeded: return {"LimitExceeded", 409};
    case ErrorCode::kMalformedDocument: return {"MalformedPolicyDocument", 400};
    case ErrorCode::kIteratorExpired:
    case ErrorCode::kTokenExpired:
    case ErrorCode::kRequestTimeout:
    case ErrorCode::kMalformedHttp:
    case ErrorCode::kIncompleteBody:
    case ErrorCode::kNoSuchBucket:
    case ErrorCode::kNoSuchKey:
    case ErrorCode::kNoSuchUpload:
    case ErrorCode::kBucketNotEmpty:
    case ErrorCode::kBucketAlreadyExists:
    case ErrorCode::kBucketAlreadyOwned:
    case ErrorCode::kInvalidBucketName:
    case ErrorCode::kKeyTooLong:
    case ErrorCode::kInvalidRange:
    case ErrorCode::kInvalidPart:
    case ErrorCode::kInvalidPartOrder:
    case ErrorCode::kEntityTooSmall:
    case ErrorCode::kEntityTooLarge:
    case ErrorCode::kPreconditionFailed:
    case ErrorCode::kNotModified:
    case ErrorCode::kBadDigest:
    case ErrorCode::kInvalidDigest:
    case ErrorCode::kChecksumMismatch:
    case ErrorCode::kMissingContentLength:
    case ErrorCode::kMethodNotAllowed:
    case ErrorCode::kInvalidUri:
    case ErrorCode::kNoSuchConfiguration:
    case ErrorCode::kIo:
    case ErrorCode::kCorruption:
    case ErrorCode::kCancelled:
    case ErrorCode::kInternal: return {"ServiceFailure", 500};
  }
  return {"ServiceFailure", 500};
}

}  // namespace headrace::services::iam
