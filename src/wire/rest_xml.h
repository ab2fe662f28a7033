// REST-XML, as S3 speaks it: members in path, query, headers and an XML document.
//
// Source: https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "http/message.h"
#include "wire/shape.h"
#include "wire/value.h"

namespace headrace::wire {

// Label name and its value, percent-decoded: {"Bucket", "b"}, {"Key", "a/b c"}.
using Labels = std::vector<std::pair<std::string, std::string>>;

// Whether the request's body goes to a member as it is (http::Body*), not through a document.
bool takes_stream(StructureShape shape);

// Fills `structure`. `document` is the whole body of an operation that takes none as a stream, and
// `stream` the body of one that does (the other is empty or null). Errors as bind() has them, and
// kMalformedDocument: the XML does not parse, has the wrong root, a DOCTYPE or entities of its own,
// or is nested deeper than kXmlDepthMax; kInvalidArgument: a header or query parameter does not
// parse as its member's type.
inline constexpr std::size_t kXmlDepthMax = 32;
Status decode_rest_xml(const http::Request& request, const Labels& labels,
                       std::string_view document, http::Body* stream, StructureShape shape,
                       void* structure);

// Status, headers and body of an answer; the structure's stream, if it has one, is moved out of it.
// `root` is the document's root element and `xml_namespace` its default namespace. A string bound
// to the payload is the body as it is, or, when its binding names a root, that element's text. A
// Content-Length member becomes Response::content_length, and a stream's source_size.
http::Response encode_rest_xml(StructureShape shape, void* structure, std::string_view root,
                               std::string_view xml_namespace);

// The inner XML of a structure's body members: <A>..</A><B>..</B>. Bytes that XML 1.0 cannot carry
// are written as character references the way S3 does.
void append_xml_members(std::string& out, StructureShape shape, const void* structure);
void append_xml_text(std::string& out, std::string_view text);

// An XML document's root, which must be named `root` (empty: any name), as a Value for
// bind(..., Scalars::kText), by `shape`. Namespaces are not looked at.
Result<Value> parse_xml(std::string_view document, StructureShape shape,
                        std::string_view root = {});

}  // namespace headrace::wire
