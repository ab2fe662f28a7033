// How often operations may be called: LimitExceededException beyond.
//
// Source: "API limits" in the Kinesis Data Streams developer guide (control plane).
#pragma once

#include <vector>

#include "base/clock.h"
#include "services/operation.h"

namespace headrace::services::kinesis {

// Wraps those of the operations that have a limit: each account in each region has so many calls a
// second, some operations for each stream.
void limit_call_rates(std::vector<Operation>& operations, Clock& clock);

}  // namespace headrace::services::kinesis
