#include "services/common_errors.h"
#include "services/sts/sts.h"

namespace headrace::services::sts {

WireError wire_error(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kNotImplemented: return {"InvalidParameterValue", 400};
    default: return common_query_error(error);
  }
}

}  // namespace headrace::services::sts
