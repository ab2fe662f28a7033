#include "services/common_errors.h"
#include "services/iam/iam.h"

namespace headrace::services::iam {

WireError wire_error(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kNotImplemented: return {"InvalidInput", 400};
    case ErrorCode::kNotFound: return {"NoSuchEntity", 404};
    case ErrorCode::kAlreadyExists: return {"EntityAlreadyExists", 409};
    case ErrorCode::kInUse: return {"DeleteConflict", 409};
    case ErrorCode::kLimitExceeded: return {"LimitExceeded", 409};
    case ErrorCode::kMalformedDocument: return {"MalformedPolicyDocument", 400};
    case ErrorCode::kIo:
    case ErrorCode::kCorruption:
    case ErrorCode::kInternal: return {"ServiceFailure", 500};
    default: return common_query_error(error);
  }
}

}  // namespace headrace::services::iam
