// What services of one protocol answer alike: to requests that are malformed or not signed as they
// should be, and when the server cannot serve.
//
// Source: the "Common Errors" of each service's API reference.
#pragma once

#include "services/operation.h"

namespace headrace::services {

WireError common_json_error(const Error& error);
WireError common_query_error(const Error& error);

}  // namespace headrace::services
