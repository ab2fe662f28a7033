// The AWS Query protocol: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "wire/shape.h"
#include "wire/value.h"

namespace headrace::wire {

// An application/x-www-form-urlencoded body as a Value for bind(..., Scalars::kText): "A.B=x"
// becomes nested objects, "A.member.1=x" and "A.1=x" a list, "A.entry.1.key=..&A.entry.1.value=.."
// a map, as `shape` says. `Action` and `Version` are kept as plain members. kSerialization: bad
// percent-encoding, invalid UTF-8, more than kFormMembersMax members or nesting past
// kFormDepthMax.
inline constexpr std::size_t kFormMembersMax = 10'000;
inline constexpr std::size_t kFormDepthMax = 16;
Result<Value> parse_form(std::string_view body, StructureShape shape);
// The value of one member without a shape ("Action"); empty when it is not there.
std::string form_member(std::string_view body, std::string_view name);

// <ACTIONResponse xmlns=NAMESPACE><ACTIONResult>...</ACTIONResult><ResponseMetadata><RequestId>
std::string encode_query(std::string_view action, std::string_view xml_namespace,
                         StructureShape shape, const void* structure, std::string_view request_id);
// <ErrorResponse xmlns=NAMESPACE><Error><Type>Sender|Receiver</Type><Code>..</Code><Message>..
std::string encode_query_error(std::string_view xml_namespace, std::string_view code,
                               std::string_view message, bool sender, std::string_view request_id);

}  // namespace headrace::wire
