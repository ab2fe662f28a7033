#include "wire/aws_query.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>
#include <vector>

#include "wire/rest_xml.h"
#include "wire/uri.h"

namespace headrace::wire {
namespace {

// The names of a form, taken apart at the dots.
struct Node {
  std::optional<std::string> text;
  std::map<std::string, Node, std::less<>> children;

  const Node* child(std::string_view name) const {
    const auto found = children.find(name);
    return found == children.end() ? nullptr : &found->second;
  }
};

std::string_view wire_name_of(const Member& member) {
  return member.wire_name.empty() ? member.name : member.wire_name;
}

Result<std::vector<std::pair<std::string, std::string>>> decode(std::string_view body) {
  const auto malformed = [] { return fail(ErrorCode::kSerialization, ""); };
  if (static_cast<std::size_t>(std::ranges::count(body, '&')) >= kFormMembersMax) {
    return malformed();
  }
  auto parameters = parse_query(body);
  if (!parameters) return malformed();
  for (const auto& [name, value] : *parameters) {
    if (!simdjson::validate_utf8(name) || !simdjson::validate_utf8(value)) return malformed();
  }
  return std::move(*parameters);
}

// The children whose names are numbers, in the order of these.
std::vector<const Node*> numbered(const Node& node) {
  std::vector<std::pair<std::uint64_t, const Node*>> found;
  for (const auto& [name, child] : node.children) {
    std::uint64_t position = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), position);
    if (parsed.ec == std::errc() && parsed.ptr == name.data() + name.size()) {
      found.emplace_back(position, &child);
    }
  }
  std::ranges::sort(found);
  std::vector<const Node*> out;
  out.reserve(found.size());
  for (const auto& [position, child] : found) out.push_back(child);
  return out;
}

Value to_structure(const Node& node, StructureShape shape);

Value to_text(const Node& node) {
  Value out;
  out.is = node.text.value_or("");
  return out;
}

// Both "A.member.1" and "A.1" are lists to AWS, whatever the model says.
std::vector<const Node*> elements_of(const Node& node, std::string_view wrapper) {
  const Node* wrapped = node.child(wrapper);
  return numbered(wrapped != nullptr ? *wrapped : node);
}

Value to_value(const Node& node, const TypeInfo& type, const Member& member) {
  Value out;
  switch (type.kind) {
    case Kind::kStructure:
      if (node.children.empty()) return to_text(node);
      return to_structure(node, type.structure());
    case Kind::kList: {
      const auto elements =
          elements_of(node, member.item_name.empty() ? "member" : member.item_name);
      if (elements.empty() && node.text) return to_text(node);
      Value::List list;
      for (const Node* element : elements) {
        list.push_back(to_value(*element, *type.element, member));
      }
      out.is = std::move(list);
      return out;
    }
    case Kind::kMap: {
      const auto entries = elements_of(node, "entry");
      if (entries.empty() && node.text) return to_text(node);
      Value::Object object;
      for (const Node* entry : entries) {
        const Node* key = entry->child("key");
        const Node* value = entry->child("value");
        if (key == nullptr) continue;
        object.push_back({key->text.value_or(""),
                          value == nullptr ? Value{} : to_value(*value, *type.element, member)});
      }
      out.is = std::move(object);
      return out;
    }
    default:
      // "A.B=x" where A is text: nothing that could be read as A.
      if (!node.text) out.is = Value::Object{};
      return node.text ? to_text(node) : out;
  }
}

Value to_structure(const Node& node, StructureShape shape) {
  Value::Object members;
  for (const Member& member : shape.members) {
    const Node* child = node.child(wire_name_of(member));
    if (child == nullptr) continue;
    members.push_back({std::string(member.name), member.refused()
                                                     ? to_text(*child)
                                                     : to_value(*child, *member.type, member)});
  }
  Value out;
  out.is = std::move(members);
  return out;
}

}  // namespace

Result<Value> parse_form(std::string_view body, StructureShape shape) {
  ASSIGN_OR_RETURN(const auto parameters, decode(body));
  Node root;
  for (const auto& [name, value] : parameters) {
    Node* node = &root;
    std::string_view rest = name;
    for (std::size_t depth = 0;; ++depth) {
      if (depth == kFormDepthMax) return fail(ErrorCode::kSerialization, "");
      const std::size_t dot = rest.find('.');
      node = &node->children[std::string(rest.substr(0, dot))];
      if (dot == std::string_view::npos) break;
      rest.remove_prefix(dot + 1);
    }
    node->text = value;
  }
  Value out = to_structure(root, shape);
  for (const std::string_view name : {"Action", "Version"}) {
    const Node* node = root.child(name);
    if (node == nullptr || !node->text || out.find(name) != nullptr) continue;
    std::get<Value::Object>(out.is).push_back({std::string(name), to_text(*node)});
  }
  return out;
}

std::string form_member(std::string_view body, std::string_view name) {
  while (!body.empty()) {
    const std::string_view pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(pair.size() + 1, body.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const auto decoded = percent_decode(pair.substr(0, equals), true);
    if (!decoded || *decoded != name) continue;
    return percent_decode(pair.substr(equals + 1), true).value_or("");
  }
  return {};
}

std::string encode_query(std::string_view action, std::string_view xml_namespace,
                         StructureShape shape, const void* structure, std::string_view request_id) {
  std::string out;
  out.append("<").append(action).append("Response xmlns=\"").append(xml_namespace).append("\">");
  std::string members;
  append_xml_members(members, shape, structure);
  // What answers nothing has no result element at all.
  if (!shape.members.empty()) {
    out.append("<").append(action).append("Result>").append(members);
    out.append("</").append(action).append("Result>");
  }
  out.append("<ResponseMetadata><RequestId>");
  append_xml_text(out, request_id);
  out.append("</RequestId></ResponseMetadata></").append(action).append("Response>");
  return out;
}

std::string encode_query_error(std::string_view xml_namespace, std::string_view code,
                               std::string_view message, bool sender, std::string_view request_id) {
  std::string out;
  out.append("<ErrorResponse xmlns=\"").append(xml_namespace).append("\"><Error><Type>");
  out.append(sender ? "Sender" : "Receiver").append("</Type><Code>");
  append_xml_text(out, code);
  out.append("</Code><Message>");
  append_xml_text(out, message);
  out.append("</Message></Error><RequestId>");
  append_xml_text(out, request_id);
  return out.append("</RequestId></ErrorResponse>");
}

}  // namespace headrace::wire
