// The declarations of a service as JSON: `headrace api --json`, which tests compare with AWS's
// models.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "wire/shape.h"

namespace headrace::wire {

struct OperationShape {
  std::string_view name;    // "PutRecords"
  std::string_view method;  // REST protocols only
  std::string_view uri;
  StructureShape input;
  StructureShape output;
};

// {"service":"kinesis","operations":[{"name":"PutRecords","method":"","uri":"",
//   "input":[MEMBER...],"output":[MEMBER...]}]}
// MEMBER: {"name":"Records","refused":true} or a TYPE with "name", "required", "location" ("body",
//   "header", "headers", "querystring", "uri", "payload", "statusCode"), "location_name" (when not
//   the name), "item_name", "flattened", "attribute", "iso8601", "exception"
//   (of a member of an event stream).
// TYPE: "type" and what applies of "min", "max", "pattern", "enum", "members" (of a structure or an
//   event stream),
//   "element" (a TYPE: of a list's elements or a map's values), "key" (a TYPE: of a map's keys).
// A pattern that does not compile has "bad_pattern":true beside it.
std::string describe_json(std::string_view service, std::span<const OperationShape> operations);

}  // namespace headrace::wire
