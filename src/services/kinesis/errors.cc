#include "services/common_errors.h"
#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {

WireError wire_error(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kNotImplemented: return {"InvalidArgumentException", 400};
    case ErrorCode::kNotFound: return {"ResourceNotFoundException", 400};
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kInUse: return {"ResourceInUseException", 400};
    case ErrorCode::kLimitExceeded: return {"LimitExceededException", 400};
    case ErrorCode::kThroughputExceeded: return {"ProvisionedThroughputExceededException", 400};
    case ErrorCode::kDryRun: return {"DryRunOperationException", 400};
    case ErrorCode::kIteratorExpired: return {"ExpiredIteratorException", 400};
    case ErrorCode::kTokenExpired: return {"ExpiredNextTokenException", 400};
    case ErrorCode::kKeyNotFound: return {"KMSNotFoundException", 400};
    case ErrorCode::kKeyRefused: return {"KMSAccessDeniedException", 400};
    case ErrorCode::kIo:
    case ErrorCode::kCorruption:
    case ErrorCode::kInternal: return {"InternalFailureException", 500};
    default: return common_json_error(error);
  }
}

}  // namespace headrace::services::kinesis
