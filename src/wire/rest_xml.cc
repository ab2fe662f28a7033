#include "wire/rest_xml.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "base/base64.h"
#include "wire/bind.h"
#include "wire/http_date.h"
#include "wire/uri.h"

namespace headrace::wire {
namespace {

std::string_view wire_name(const Member& member) {
  return member.wire_name.empty() ? member.name : member.wire_name;
}

const Member* payload_member(StructureShape shape) {
  for (const Member& member : shape.members) {
    if (member.location == Location::kPayload) return &member;
  }
  return nullptr;
}

bool has_document(StructureShape shape) {
  for (const Member& member : shape.members) {
    if (member.location == Location::kBody) return true;
  }
  return false;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && starts_with_ignoring_case(a, b);
}

bool is_integer(Kind kind) { return kind == Kind::kInteger || kind == Kind::kLong; }

Value text_value(std::string_view text) {
  Value value;
  value.is = std::string(text);
  return value;
}

// "a, b,c" as a list; commas within quotes are not told apart, since no list of S3's has them.
Value list_value(std::string_view text) {
  Value::List elements;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view element = text.substr(0, comma);
    while (element.starts_with(' ')) element.remove_prefix(1);
    while (element.ends_with(' ')) element.remove_suffix(1);
    if (!element.empty()) elements.push_back(text_value(element));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  Value value;
  value.is = std::move(elements);
  return value;
}

// The text of a header, query parameter or label as what Binder takes for this member; null: as
// good as absent, since S3 takes an empty number or choice for its default.
Result<Value> to_value(std::string_view text, const Member& member) {
  if (member.refused()) return text_value(text);
  const TypeInfo& type = *member.type;
  if (text.empty() && (type.kind != Kind::kString || !member.constraints.one_of.empty())) {
    return Value{};
  }
  if (type.kind == Kind::kList) return list_value(text);
  if (is_integer(type.kind)) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool fits = type.kind == Kind::kLong || (number >= INT32_MIN && number <= INT32_MAX);
    if (error != std::errc() || end != text.data() + text.size() || !fits) {
      return fail(ErrorCode::kInvalidArgument, "Provided " + std::string(wire_name(member)) +
                                                   " not an integer or within integer range");
    }
    Value value;
    value.is = number;
    return value;
  }
  if (type.kind == Kind::kBoolean) {
    const bool yes = equals_ignoring_case(text, "true");
    const bool no = equals_ignoring_case(text, "false");
    if (!yes && !no) {
      return fail(ErrorCode::kInvalidArgument,
                  "Invalid value for " + std::string(wire_name(member)));
    }
    Value value;
    value.is = yes;
    return value;
  }
  if (type.kind == Kind::kTimestamp) {
    const auto time = member.iso8601 ? parse_iso8601(text) : parse_http_date(text);
    if (!time) {
      return fail(ErrorCode::kInvalidArgument,
                  "Invalid date in " + std::string(wire_name(member)) + ": " + std::string(text));
    }
    return text_value(format_iso8601(*time));
  }
  return text_value(text);
}

Value prefixed(const http::Request& request, std::string_view prefix) {
  Value::Object entries;
  std::map<std::string, std::size_t> positions;
  for (const http::HeaderView& header : request.headers) {
    if (header.name.size() <= prefix.size() || !starts_with_ignoring_case(header.name, prefix)) {
      continue;
    }
    std::string key(header.name.substr(prefix.size()));
    for (char& c : key) c = lower(c);
    const auto [at, fresh] = positions.emplace(key, entries.size());
    if (fresh) {
      entries.push_back({std::move(key), text_value(header.value)});
    } else {
      std::get<std::string>(entries[at->second].value.is).append(",").append(header.value);
    }
  }
  Value value;
  if (!entries.empty()) value.is = std::move(entries);
  return value;
}

const std::string* find_named(const std::vector<std::pair<std::string, std::string>>& pairs,
                              std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return &value;
  }
  return nullptr;
}

Status bind_http(const http::Request& request, const Labels& labels, StructureShape shape,
                 void* structure, Binder& binder) {
  const auto query = parse_query(request.query);
  if (!query) return fail(ErrorCode::kInvalidUri, "Couldn't parse the specified URI.");
  for (const Member& member : shape.members) {
    Value value;
    const std::string_view name = wire_name(member);
    if (member.location == Location::kPrefixHeaders) {
      value = prefixed(request, name);
    } else if (member.location == Location::kHeader) {
      if (request.has_header(name)) {
        ASSIGN_OR_RETURN(value, to_value(request.header(name), member));
      }
    } else if (member.location == Location::kQuery || member.location == Location::kLabel) {
      const std::string* text =
          find_named(member.location == Location::kQuery ? *query : labels, name);
      if (text != nullptr) {
        ASSIGN_OR_RETURN(value, to_value(*text, member));
      }
    } else {
      continue;
    }
    binder.member(value.null() ? nullptr : &value, member, structure, "");
  }
  return binder.result();
}

Error malformed(std::string_view message = {}) {
  return {ErrorCode::kMalformedDocument,
          message.empty() ? "The XML you provided was not well-formed or did not validate against "
                            "our published schema"
                          : std::string(message)};
}

// A document that binds badly is malformed in S3's eyes; a member that is refused stays refused.
Status as_document_error(Status status) {
  if (status || status.error().code == ErrorCode::kNotImplemented) return status;
  return std::unexpected(malformed());
}

Status bind_document(std::string_view document, StructureShape shape, void* structure) {
  const Member* payload = payload_member(shape);
  if (payload == nullptr) {
    if (!has_document(shape)) return {};
    ASSIGN_OR_RETURN(const Value value, parse_xml(document, shape));
    return as_document_error(bind(value, shape, Scalars::kText, structure));
  }
  Binder binder(Scalars::kText);
  if (payload->refused() || payload->type->kind == Kind::kString) {
    const Value value = text_value(document);
    binder.member(document.empty() ? nullptr : &value, *payload, structure, "");
    return as_document_error(binder.result());
  }
  if (document.empty()) {
    if (!payload->is_required) return {};
    return fail(ErrorCode::kMalformedDocument, "Request Body is empty", "MissingRequestBodyError");
  }
  ASSIGN_OR_RETURN(const Value root,
                   parse_xml(document, payload->type->structure(), wire_name(*payload)));
  binder.member(&root, *payload, structure, "");
  return as_document_error(binder.result());
}

// ---- Answers ----

std::string header_text(const TypeInfo& type, const void* value, const Member& member) {
  switch (type.kind) {
    case Kind::kString: return *static_cast<const std::string*>(value);
    case Kind::kBlob: return base64_encode(static_cast<const Bytes*>(value)->view());
    case Kind::kBoolean: return *static_cast<const bool*>(value) ? "true" : "false";
    case Kind::kInteger: return std::to_string(*static_cast<const std::int32_t*>(value));
    case Kind::kLong: return std::to_string(*static_cast<const std::int64_t*>(value));
    case Kind::kDouble: return std::to_string(*static_cast<const double*>(value));
    case Kind::kTimestamp: {
      const WallTime time = *static_cast<const WallTime*>(value);
      return member.iso8601 ? format_iso8601(time) : format_http_date(time);
    }
    case Kind::kList: {
      std::string out;
      for (std::size_t i = 0; i < type.size(value); ++i) {
        if (i > 0) out += ",";
        out += header_text(*type.element, type.element->get(type.at(value, i)), member);
      }
      return out;
    }
    case Kind::kStructure:
    case Kind::kMap:
    case Kind::kStream:
    case Kind::kEventStream: break;
  }
  return {};
}

// A header's value must stay within its line whatever a client once stored.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\r' || c == '\n' || c == '\0') c = ' ';
  }
  return text;
}

void set_prefix_headers(http::Response& response, const Member& member, const void* value) {
  struct Context {
    http::Response& response;
    std::string_view prefix;
  } context{response, wire_name(member)};
  member.type->each(value, &context, [](void* c, std::string_view key, const void* element) {
    auto& at = *static_cast<Context*>(c);
    at.response.headers.emplace_back(std::string(at.prefix).append(key),
                                     one_line(*static_cast<const std::string*>(element)));
  });
}

void set_header(http::Response& response, const Member& member, const void* value) {
  const std::string_view name = wire_name(member);
  if (name == "Content-Length" && member.type->kind == Kind::kLong) {
    response.content_length = *static_cast<const std::int64_t*>(value);
    return;
  }
  response.headers.emplace_back(std::string(name),
                                one_line(header_text(*member.type, value, member)));
}

void set_content_type(http::Response& response, std::string_view type) {
  for (const auto& [name, value] : response.headers) {
    if (name == "Content-Type") return;
  }
  response.headers.emplace_back("Content-Type", type);
}

std::string document_head(std::string_view root, std::string_view xml_namespace) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<";
  out.append(root);
  if (!xml_namespace.empty()) out.append(" xmlns=\"").append(xml_namespace).append("\"");
  return out.append(">");
}

void set_payload(http::Response& response, const Member& member, void* field,
                 std::string_view xml_namespace) {
  if (member.type->kind == Kind::kStream) {
    response.source = std::move(*static_cast<http::BodySource*>(field));
    response.source_size = response.content_length;
    return;
  }
  const void* value = member.type->get(field);
  if (value == nullptr) return;
  if (member.type->kind == Kind::kString && member.wire_name.empty()) {
    response.body = *static_cast<const std::string*>(value);
    return;
  }
  if (member.type->kind == Kind::kBlob) {
    response.body = static_cast<const Bytes*>(value)->value;
    return;
  }
  const std::string_view root = wire_name(member);
  response.body = document_head(root, xml_namespace);
  if (member.type->kind == Kind::kStructure) {
    append_xml_members(response.body, member.type->structure(), value);
  } else {
    append_xml_text(response.body, header_text(*member.type, value, member));
  }
  response.body.append("</").append(root).append(">");
  set_content_type(response, "application/xml");
}

}  // namespace

bool takes_stream(StructureShape shape) {
  const Member* payload = payload_member(shape);
  return payload != nullptr && !payload->refused() && payload->type->kind == Kind::kStream;
}

Status decode_rest_xml(const http::Request& request, const Labels& labels,
                       std::string_view document, http::Body* stream, StructureShape shape,
                       void* structure) {
  Binder binder(Scalars::kText);
  RETURN_IF_ERROR(bind_http(request, labels, shape, structure, binder));
  if (takes_stream(shape)) {
    const Member& payload = *payload_member(shape);
    *static_cast<http::Body**>(payload.field(structure)) = stream;
    return {};
  }
  return bind_document(document, shape, structure);
}

http::Response encode_rest_xml(StructureShape shape, void* structure, std::string_view root,
                               std::string_view xml_namespace) {
  http::Response response;
  for (const Member& member : shape.members) {
    if (member.refused()) continue;
    const void* value = member.type->get(member.field(structure));
    if (value == nullptr) continue;
    if (member.location == Location::kHeader) set_header(response, member, value);
    if (member.location == Location::kPrefixHeaders) set_prefix_headers(response, member, value);
    if (member.location == Location::kStatus) {
      response.status = *static_cast<const std::int32_t*>(value);
    }
  }
  const Member* payload = payload_member(shape);
  if (payload != nullptr && !payload->refused()) {
    set_payload(response, *payload, payload->field(structure), xml_namespace);
  } else if (payload == nullptr && has_document(shape)) {
    response.body = document_head(root, xml_namespace);
    append_xml_members(response.body, shape, structure);
    response.body.append("</").append(root).append(">");
    set_content_type(response, "application/xml");
  }
  return response;
}

}  // namespace headrace::wire
