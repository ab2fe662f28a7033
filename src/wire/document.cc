#include "wire/document.h"

#include "wire/aws_cbor.h"
#include "wire/aws_json.h"
#include "wire/bind.h"

namespace headrace::wire {

Format format_of(std::string_view content_type) {
  return content_type.starts_with(kCborType) ? Format::kCbor : Format::kJson;
}

Status decode_document(Format format, std::string_view body, StructureShape shape,
                       void* structure) {
  const bool cbor = format == Format::kCbor;
  ASSIGN_OR_RETURN(const Value value, cbor ? parse_cbor(body) : parse_json(body));
  return bind(value, shape, cbor ? Scalars::kBinary : Scalars::kTyped, structure);
}

void append_document(std::string& out, Format format, StructureShape shape, const void* structure) {
  if (format == Format::kCbor) {
    append_cbor(out, shape, structure);
  } else {
    out += encode_json(shape, structure);
  }
}

std::string encode_error(Format format, std::string_view name, std::string_view message) {
  return format == Format::kCbor ? encode_cbor_error(name, message)
                                 : encode_json_error(name, message);
}

}  // namespace headrace::wire
