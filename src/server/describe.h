// Every operation that the server has, as data.
#pragma once

#include <string>

#include "base/error.h"

namespace headrace::server {

// {"services":[...]}, each as wire::describe_json has it. Operations are made by the domains that
// they work on, so this makes an empty store in a directory of its own, and removes it.
Result<std::string> describe();

}  // namespace headrace::server
