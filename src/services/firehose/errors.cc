#include "services/common_errors.h"
#include "services/firehose/firehose.h"

namespace headrace::services::firehose {

WireError wire_error(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kNotImplemented: return {"InvalidArgumentException", 400};
    case ErrorCode::kNotFound: return {"ResourceNotFoundException", 400};
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kInUse: return {"ResourceInUseException", 400};
    case ErrorCode::kLimitExceeded: return {"LimitExceededException", 400};
    case ErrorCode::kThroughputExceeded:
    case ErrorCode::kDiskFull:
    case ErrorCode::kUnavailable: return {"ServiceUnavailableException", 500};
    default: return common_json_error(error);
  }
}

}  // namespace headrace::services::firehose
