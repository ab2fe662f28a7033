// The security token service: who calls.
//
// Source: the service model of AWS Security Token Service, API version 2011-06-15.
#pragma once

#include <string_view>
#include <vector>

#include "services/operation.h"

namespace headrace::services::sts {

inline constexpr std::string_view kVersion = "2011-06-15";
inline constexpr std::string_view kXmlNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";

// Every operation there is.
std::vector<Operation> operations();

WireError wire_error(const Error& error);

}  // namespace headrace::services::sts
