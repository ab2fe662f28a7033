// Whether a text is a resource policy.
#pragma once

#include <string_view>

#include "base/error.h"

namespace headrace::services::kinesis {

// kInvalidArgument for what is no JSON, and for JSON that the grammar of policies does not have:
// unknown or missing elements, and values of the wrong form. Principals, actions and resources are
// not looked up.
//
// Source: "Grammar of the IAM JSON policy language" in the IAM user guide.
Status check_policy(std::string_view text);

}  // namespace headrace::services::kinesis
