#include "services/common_errors.h"

namespace headrace::services {

WireError common_json_error(const Error& error) {
  switch (error.code) {
    case ErrorCode::kValidation: return {"ValidationException", 400};
    case ErrorCode::kSerialization:
    case ErrorCode::kMalformedHttp:
    case ErrorCode::kIncompleteBody: return {"SerializationException", 400};
    case ErrorCode::kRequestTimeout: return {"RequestTimeoutException", 408};
    case ErrorCode::kRequestTooLarge: return {"RequestEntityTooLargeException", 413};
    case ErrorCode::kUnknownOperation: return {"UnknownOperationException", 400};
    case ErrorCode::kAccessDenied: return {"AccessDeniedException", 400};
    case ErrorCode::kMissingAuthentication: return {"MissingAuthenticationTokenException", 400};
    case ErrorCode::kIncompleteSignature: return {"IncompleteSignatureException", 400};
    case ErrorCode::kInvalidSignature:
    case ErrorCode::kPayloadHashMismatch:
    case ErrorCode::kRequestExpired: return {"InvalidSignatureException", 400};
    case ErrorCode::kUnknownAccessKey: return {"UnrecognizedClientException", 400};
    case ErrorCode::kDiskFull:
    case ErrorCode::kUnavailable: return {"ServiceUnavailable", 503};
    default: return {"InternalFailure", 500};
  }
}

WireError common_query_error(const Error& error) {
  switch (error.code) {
    case ErrorCode::kValidation: return {"ValidationError", 400};
    case ErrorCode::kSerialization:
    case ErrorCode::kMalformedHttp:
    case ErrorCode::kIncompleteBody: return {"MalformedInput", 400};
    case ErrorCode::kRequestTimeout: return {"RequestTimeout", 408};
    case ErrorCode::kRequestTooLarge: return {"RequestEntityTooLarge", 413};
    case ErrorCode::kUnknownOperation: return {"InvalidAction", 400};
    case ErrorCode::kAccessDenied: return {"AccessDenied", 403};
    case ErrorCode::kMissingAuthentication: return {"MissingAuthenticationToken", 403};
    case ErrorCode::kIncompleteSignature: return {"IncompleteSignature", 400};
    case ErrorCode::kInvalidSignature:
    case ErrorCode::kPayloadHashMismatch:
    case ErrorCode::kRequestExpired: return {"SignatureDoesNotMatch", 403};
    case ErrorCode::kUnknownAccessKey: return {"InvalidClientTokenId", 403};
    case ErrorCode::kThroughputExceeded: return {"Throttling", 400};
    case ErrorCode::kDiskFull:
    case ErrorCode::kUnavailable: return {"ServiceUnavailable", 503};
    default: return {"InternalFailure", 500};
  }
}

}  // namespace headrace::services
