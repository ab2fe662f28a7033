#include "wire/describe.h"

#include "wire/aws_json.h"
#include "wire/pattern.h"

namespace headrace::wire {
namespace {

// No structure of AWS's nests itself this deep; one that holds itself ends here.
constexpr int kDepthMax = 24;

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::kString: return "string";
    case Kind::kBlob: return "blob";
    case Kind::kBoolean: return "boolean";
    case Kind::kInteger: return "integer";
    case Kind::kLong: return "long";
    case Kind::kDouble: return "double";
    case Kind::kTimestamp: return "timestamp";
    case Kind::kStructure: return "structure";
    case Kind::kList: return "list";
    case Kind::kMap: return "map";
    case Kind::kStream: return "stream";
    case Kind::kEventStream: return "eventstream";
  }
  return "";
}

std::string_view name_of(Location location) {
  switch (location) {
    case Location::kBody: return "body";
    case Location::kHeader: return "header";
    case Location::kPrefixHeaders: return "headers";
    case Location::kQuery: return "querystring";
    case Location::kLabel: return "uri";
    case Location::kPayload: return "payload";
    case Location::kStatus: return "statusCode";
  }
  return "";
}

void append_text(std::string& out, std::string_view name, std::string_view value) {
  out.append(",\"").append(name).append("\":");
  append_json_string(out, value);
}

void append_flag(std::string& out, std::string_view name, bool value) {
  if (value) out.append(",\"").append(name).append("\":true");
}

void append_constraints(std::string& out, const Constraints& c) {
  if (c.min != kNoMin) out.append(",\"min\":").append(std::to_string(c.min));
  if (c.max != kNoMax) out.append(",\"max\":").append(std::to_string(c.max));
  if (!c.pattern.empty()) {
    append_text(out, "pattern", c.pattern);
    append_flag(out, "bad_pattern", !is_pattern(c.pattern));
  }
  if (c.one_of.empty()) return;
  out.append(",\"enum\":[");
  std::string_view rest = c.one_of;
  for (bool more = true; more;) {
    const std::size_t bar = rest.find('|');
    append_json_string(out, rest.substr(0, bar));
    more = bar != std::string_view::npos;
    if (more) out.push_back(',');
    rest.remove_prefix(more ? bar + 1 : rest.size());
  }
  out.push_back(']');
}

void append_members(std::string& out, StructureShape shape, int depth);

// What follows an opening brace and a first member: the type and all that hangs on it.
void append_type(std::string& out, const TypeInfo& type, const Constraints& constraints,
                 const Member& member, int depth) {
  append_text(out, "type", name_of(type.kind));
  append_constraints(out, constraints);
  if (type.structure != nullptr && depth < kDepthMax) {
    out.append(",\"members\":");
    append_members(out, type.structure(), depth + 1);
  }
  if (type.kind == Kind::kMap) {
    out.append(R"(,"key":{"type":"string")");
    append_constraints(out, member.key);
    out.push_back('}');
  }
  if (type.element != nullptr && depth < kDepthMax) {
    std::string element;
    append_type(element, *type.element, member.element, member, depth + 1);
    out.append(",\"element\":{").append(element.substr(1)).append("}");
  }
}

void append_member(std::string& out, const Member& member, int depth) {
  out.append("{\"name\":");
  append_json_string(out, member.name);
  append_text(out, "location", name_of(member.location));
  if (!member.wire_name.empty()) append_text(out, "location_name", member.wire_name);
  append_flag(out, "refused", member.refused());
  append_flag(out, "required", member.is_required);
  if (!member.item_name.empty()) append_text(out, "item_name", member.item_name);
  append_flag(out, "flattened", member.flattened);
  append_flag(out, "attribute", member.attribute);
  append_flag(out, "iso8601", member.iso8601);
  append_flag(out, "exception", member.exception);
  if (!member.refused()) append_type(out, *member.type, member.constraints, member, depth);
  out.push_back('}');
}

void append_members(std::string& out, StructureShape shape, int depth) {
  out.push_back('[');
  bool first = true;
  for (const Member& member : shape.members) {
    if (!first) out.push_back(',');
    first = false;
    append_member(out, member, depth);
  }
  out.push_back(']');
}

}  // namespace

std::string describe_json(std::string_view service, std::span<const OperationShape> operations) {
  std::string out = "{\"service\":";
  append_json_string(out, service);
  out.append(",\"operations\":[");
  bool first = true;
  for (const OperationShape& operation : operations) {
    if (!first) out.push_back(',');
    first = false;
    out.append("{\"name\":");
    append_json_string(out, operation.name);
    append_text(out, "method", operation.method);
    append_text(out, "uri", operation.uri);
    out.append(",\"input\":");
    append_members(out, operation.input, 0);
    out.append(",\"output\":");
    append_members(out, operation.output, 0);
    out.push_back('}');
  }
  return out.append("]}");
}

}  // namespace headrace::wire
