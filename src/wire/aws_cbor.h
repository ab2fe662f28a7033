// AWS CBOR 1.1, application/x-amz-cbor-1.1: AWS JSON 1.1 with its documents in CBOR, as the Java
// SDK and the KCL speak it. There is no published description; what differs from JSON: blobs are
// byte strings and timestamps are tag 1 with whole milliseconds.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "wire/shape.h"
#include "wire/value.h"

namespace headrace::wire {

inline constexpr std::string_view kCborType = "application/x-amz-cbor-1.1";
inline constexpr int kCborDepthMax = 64;
// Values of a document, that no small body becomes a large tree.
inline constexpr std::size_t kCborValuesMax = 1UL << 20;

// kSerialization, without a message as for JSON: not one map with text keys, truncated or with
// bytes behind it, text that is not UTF-8, nested deeper than kCborDepthMax, more values than
// kCborValuesMax, a tag other than that of timestamps, an integer below INT64_MIN. Lengths may be
// definite or not. An empty body is an empty map; of members with one name the last counts.
Result<Value> parse_cbor(std::string_view body);

void append_cbor(std::string& out, StructureShape shape, const void* structure);
std::string encode_cbor_error(std::string_view name, std::string_view message);

}  // namespace headrace::wire
