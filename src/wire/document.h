// The documents of AWS JSON services, in either format that their callers choose from.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "wire/shape.h"

namespace headrace::wire {

enum class Format { kJson, kCbor };

// By the request's Content-Type.
Format format_of(std::string_view content_type);

// Reads, binds and validates; the errors are those of parse_json(), parse_cbor() and bind().
Status decode_document(Format format, std::string_view body, StructureShape shape, void* structure);
void append_document(std::string& out, Format format, StructureShape shape, const void* structure);
std::string encode_error(Format format, std::string_view name, std::string_view message);

}  // namespace headrace::wire
