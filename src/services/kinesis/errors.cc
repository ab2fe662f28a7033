#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {

WireError wire_error(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kNotImplemented: return {"InvalidArgumentException", 400};
    case ErrorCode::kValidation: return {"ValidationException", 400};
    case ErrorCode::kSerialization: return {"SerializationException", 400};
    case ErrorCode::kUnknownOperation: return {"UnknownOperationException", 400};
    case ErrorCode::kAccessDenied: return {"AccessDeniedException", 400};
    case ErrorCode::kMissingAuthentication: return {"MissingAuthenticationTokenException", 400};
    case ErrorCode::kIncompleteSignature: return {"IncompleteSignatureException", 400};
    case ErrorCode::kInvalidSignature:
    case ErrorCode::kPayloadHashMismatch:
    case ErrorCode::kRequestExpired: return {"InvalidSignatureException", 400};
    case ErrorCode::kUnknownAccessKey: return {"UnrecognizedClientException", 400};
    case ErrorCode::kRequestTooLarge: return {"RequestEntityTooLargeException", 413};
    case ErrorCode::kNotFound: return {"ResourceNotFoundException", 400};
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kInUse: return {"ResourceInUseException", 400};
    case ErrorCode::kLimitExceeded: return {"LimitExceededException", 400};
    case ErrorCode::kThroughputExceeded: return {"ProvisionedThroughputExceededException", 400};
    case ErrorCode::kIteratorExpired: return {"ExpiredIteratorException", 400};
    case ErrorCode::kTokenExpired: return {"ExpiredNextTokenException", 400};
    case ErrorCode::kDiskFull:
    case ErrorCode::kUnavailable: return {"ServiceUnavailable", 503};
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
    case ErrorCode::kMalformedDocument:
    case ErrorCode::kMissingContentLength:
    case ErrorCode::kMethodNotAllowed:
    case ErrorCode::kInvalidUri:
    case ErrorCode::kNoSuchConfiguration:
    case ErrorCode::kIo:
    case ErrorCode::kCorruption:
    case ErrorCode::kCancelled:
    case ErrorCode::kInternal: return {"InternalFailureException", 500};
  }
  return {"InternalFailureException", 500};
}

}  // namespace headrace::services::kinesis
