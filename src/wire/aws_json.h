// AWS JSON 1.0 and 1.1: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "wire/shape.h"
#include "wire/value.h"

namespace headrace::wire {

// kSerialization: not one JSON object, invalid UTF-8, or nested deeper than kJsonDepthMax. An empty
// body is an empty object. Of members with one name the last counts. The error has no message: AWS
// gives none.
inline constexpr std::size_t kJsonDepthMax = 64;
Result<Value> parse_json(std::string_view body);

std::string encode_json(StructureShape shape, const void* structure);
std::string encode_json_error(std::string_view name, std::string_view message);

// `text` as a JSON string, quotes included; bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);
// Seconds with up to three decimals, as AWS JSON writes timestamps.
void append_json_timestamp(std::string& out, WallTime time);

}  // namespace headrace::wire
