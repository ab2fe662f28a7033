// Which S3 operation a request is, told by host, method, path, query and headers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/message.h"
#include "services/operation.h"
#include "wire/rest_xml.h"

namespace headrace::services::s3 {

struct Route {
  const Operation* operation = nullptr;
  wire::Labels labels;  // "Bucket" and "Key", percent-decoded once and never normalised
};

// The bucket that a Host names ("b.localhost:4566", "b.s3.localhost",
// "b.s3.us-east-1.amazonaws.com"); empty when the bucket is in the path.
std::string virtual_host_bucket(std::string_view host);

// The operation of `operations` (which must outlive the answer) with the most specific match: among
// those of the method and the same depth of path, whose literal query parameters and required query
// parameters and headers are all there, the one that asks for most of them.
//
// kNotImplemented: S3 has an operation for this (a sub-resource that the best match does not take)
// and Headrace does not. kMethodNotAllowed, kInvalidUri (bad percent-encoding, invalid UTF-8, NUL),
// kKeyTooLong, kAccessDenied (CORS preflight: no bucket has rules).
Result<Route> route(const std::vector<Operation>& operations, const http::Request& request);

}  // namespace headrace::services::s3
