// A service as the dispatcher sees it: how its requests are told, its protocol, its operations.
#pragma once

#include <string_view>
#include <vector>

#include "services/operation.h"

namespace headrace::services {

enum class Protocol {
  kAwsJson,   // AWS JSON 1.1 and CBOR 1.1: operation in X-Amz-Target
  kAwsQuery,  // form in, XML out: operation in Action
  kRestXml,   // operation told by method, path, query and headers
};

// One for each of services/*/; the server owns them for its whole life.
struct Service {
  std::string_view signing_name;  // in the credential scope, "kinesis"
  Protocol protocol;
  std::string_view target_prefix = {};  // kAwsJson: "Kinesis_20131202"
  std::string_view version = {};        // kAwsQuery: "2010-05-08"
  std::string_view xml_namespace = {};  // XML protocols: of the answer's root
  std::vector<Operation> operations;
  // The service's one table of errors (services/*/errors.cc).
  WireError (*wire_error)(const Error& error);
};

}  // namespace headrace::services
