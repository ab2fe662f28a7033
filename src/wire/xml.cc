// XML documents to values and structures to XML, by shape.

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>
#include <pugixml.hpp>
#include <utility>

#include "base/base64.h"
#include "wire/bind.h"
#include "wire/rest_xml.h"

namespace headrace::wire {
namespace {

std::unexpected<Error> malformed() {
  return fail(ErrorCode::kMalformedDocument,
              "The XML you provided was not well-formed or did not validate against our published "
              "schema");
}

// "#38" or "#x26": a character reference to something that XML text may hold. Control characters
// pass, since keys may have them.
bool is_character_reference(std::string_view name) {
  if (!name.starts_with('#')) return false;
  name.remove_prefix(1);
  const bool hex = name.starts_with('x');
  if (hex) name.remove_prefix(1);
  std::uint32_t code = 0;
  const auto [end, error] =
      std::from_chars(name.data(), name.data() + name.size(), code, hex ? 16 : 10);
  if (error != std::errc() || end != name.data() + name.size()) return false;
  return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

// Whether `text`, which begins with '&', begins with one of XML's own five entities or a character
// reference.
bool begins_with_reference(std::string_view text) {
  const std::string_view name = text.substr(1, text.substr(0, 12).find(';') - 1);
  return name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "apos" ||
         is_character_reference(name);
}

// The size of the tag that `text` begins with; nothing when a reference in it is not sound, or when
// there is a '<' in it, which no attribute may have and which looks like a comment's to others.
std::optional<std::size_t> sound_tag_size(std::string_view text) {
  char quote = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '<' || (c == '&' && !begins_with_reference(text.substr(i)))) return std::nullopt;
    if (quote != 0) {
      quote = c == quote ? 0 : quote;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      return i + 1;
    }
  }
  return text.size();
}

// Whether every '&' outside comments, CDATA and instructions begins a reference that XML knows by
// itself. The parser would hand others through as they are.
bool references_are_sound(std::string_view text) {
  struct Skipped {
    std::string_view begin;
    std::string_view end;
  };
  constexpr std::array<Skipped, 3> kSkipped = {
      {{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}}};
  while (true) {
    const std::size_t at = text.find_first_of("&<");
    if (at == std::string_view::npos) return true;
    text.remove_prefix(at);
    const auto skipped = std::ranges::find_if(
        kSkipped, [text](const Skipped& s) { return text.starts_with(s.begin); });
    std::size_t size = 1;
    if (skipped != kSkipped.end()) {
      const std::size_t end = text.find(skipped->end, skipped->begin.size());
      if (end == std::string_view::npos) return true;  // the parser misses it too
      size = end + skipped->end.size();
    } else if (text.starts_with('<')) {
      const auto tag = sound_tag_size(text);
      if (!tag) return false;
      size = *tag;
    } else if (!begins_with_reference(text)) {
      return false;
    }
    text.remove_prefix(size);
  }
}

bool is_shallow(pugi::xml_node root) {
  std::size_t depth = 1;
  pugi::xml_node node = root;
  while (true) {
    if (node.first_child()) {
      node = node.first_child();
      if (++depth > kXmlDepthMax + 1) return false;  // text is one deeper than its element
      continue;
    }
    while (node != root && !node.next_sibling()) {
      node = node.parent();
      --depth;
    }
    if (node == root) return true;
    node = node.next_sibling();
  }
}

std::string_view local_name(const char* name) {
  const char* colon = std::strchr(name, ':');
  return colon != nullptr ? colon + 1 : name;
}

std::string element_text(pugi::xml_node node) {
  std::string out;
  for (const pugi::xml_node child : node.children()) {
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) out += child.value();
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::strchr(" \t\r\n", text.front()) != nullptr) text.remove_prefix(1);
  while (!text.empty() && std::strchr(" \t\r\n", text.back()) != nullptr) text.remove_suffix(1);
  return text;
}

Value structure_value(pugi::xml_node node, StructureShape shape);

Value element_value(pugi::xml_node node, const TypeInfo& type, std::string_view item_name) {
  Value value;
  if (type.kind == Kind::kStructure) return structure_value(node, type.structure());
  if (type.kind == Kind::kList) {
    Value::List elements;
    for (const pugi::xml_node child : node.children()) {
      if (child.type() != pugi::node_element || local_name(child.name()) != item_name) continue;
      elements.push_back(element_value(child, *type.element, "member"));
    }
    value.is = std::move(elements);
    return value;
  }
  std::string text = element_text(node);
  if (type.kind != Kind::kString) text = trimmed(text);
  value.is = std::move(text);
  return value;
}

void add_member(pugi::xml_node node, const Member& member, std::string_view name,
                Value::Object& members) {
  const std::string_view item = member.item_name.empty() ? "member" : member.item_name;
  const bool gathers = !member.refused() && member.flattened && member.type->kind == Kind::kList;
  Value::List gathered;
  for (const pugi::xml_node child : node.children()) {
    if (child.type() != pugi::node_element || local_name(child.name()) != name) continue;
    if (gathers) {
      gathered.push_back(element_value(child, *member.type->element, item));
      continue;
    }
    Value value;
    if (member.refused()) {
      value.is = element_text(child);
    } else {
      value = element_value(child, *member.type, item);
    }
    members.push_back({std::string(member.name), std::move(value)});
    return;
  }
  if (gathered.empty()) return;
  Value value;
  value.is = std::move(gathered);
  members.push_back({std::string(member.name), std::move(value)});
}

Value structure_value(pugi::xml_node node, StructureShape shape) {
  Value::Object members;
  for (const Member& member : shape.members) {
    if (member.location != Location::kBody) continue;
    const std::string_view name = member.wire_name.empty() ? member.name : member.wire_name;
    if (!member.attribute) {
      add_member(node, member, name, members);
    } else if (const auto attribute = node.attribute(std::string(name).c_str())) {
      Value value;
      value.is = std::string(attribute.value());
      members.push_back({std::string(member.name), std::move(value)});
    }
  }
  Value value;
  value.is = std::move(members);
  return value;
}

// ---- Structures to XML ----

void append_element(std::string& out, std::string_view name, const TypeInfo& type,
                    const void* value, std::string_view item_name);

void append_content(std::string& out, const TypeInfo& type, const void* value,
                    std::string_view item_name) {
  switch (type.kind) {
    case Kind::kString: append_xml_text(out, *static_cast<const std::string*>(value)); break;
    case Kind::kBlob: out += base64_encode(static_cast<const Bytes*>(value)->view()); break;
    case Kind::kBoolean: out += *static_cast<const bool*>(value) ? "true" : "false"; break;
    case Kind::kInteger: out += std::to_string(*static_cast<const std::int32_t*>(value)); break;
    case Kind::kLong: out += std::to_string(*static_cast<const std::int64_t*>(value)); break;
    case Kind::kDouble: {
      char digits[40];
      const auto end =
          std::to_chars(digits, digits + sizeof digits, *static_cast<const double*>(value));
      out.append(digits, end.ptr);
      break;
    }
    case Kind::kTimestamp: out += format_iso8601(*static_cast<const WallTime*>(value)); break;
    case Kind::kStructure: append_xml_members(out, type.structure(), value); break;
    case Kind::kList:
      for (std::size_t i = 0; i < type.size(value); ++i) {
        append_element(out, item_name, *type.element, type.element->get(type.at(value, i)),
                       "member");
      }
      break;
    case Kind::kMap: {
      struct Context {
        std::string& out;
        const TypeInfo& element;
      } context{out, *type.element};
      type.each(value, &context, [](void* c, std::string_view key, const void* element) {
        auto& at = *static_cast<Context*>(c);
        at.out += "<entry><key>";
        append_xml_text(at.out, key);
        at.out += "</key>";
        append_element(at.out, "value", at.element, at.element.get(element), "member");
        at.out += "</entry>";
      });
      break;
    }
    case Kind::kStream:
    case Kind::kEventStream: break;
  }
}

void append_attributes(std::string& out, StructureShape shape, const void* structure) {
  for (const Member& member : shape.members) {
    if (!member.attribute || member.refused()) continue;
    const void* value = member.type->get(member.field(const_cast<void*>(structure)));
    if (value == nullptr) continue;
    const std::string_view name = member.wire_name.empty() ? member.name : member.wire_name;
    if (name.starts_with("xsi:")) {
      out += " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
    }
    out.append(" ").append(name).append("=\"");
    std::string text;
    append_content(text, *member.type, value, "member");
    // A reader turns white space within attributes into spaces unless it is a reference.
    for (const char c : text) {
      if (c == '\t' || c == '\n') {
        out += c == '\t' ? "&#x9;" : "&#xa;";
      } else {
        out += c;
      }
    }
    out += "\"";
  }
}

void append_element(std::string& out, std::string_view name, const TypeInfo& type,
                    const void* value, std::string_view item_name) {
  out.append("<").append(name);
  if (type.kind == Kind::kStructure) append_attributes(out, type.structure(), value);
  out += ">";
  append_content(out, type, value, item_name);
  out.append("</").append(name).append(">");
}

}  // namespace

Result<Value> parse_xml(std::string_view document, StructureShape shape, std::string_view root) {
  if (!simdjson::validate_utf8(document.data(), document.size()) ||
      document.find('\0') != std::string_view::npos || !references_are_sound(document)) {
    return malformed();
  }
  pugi::xml_document parsed;
  const auto result =
      parsed.load_buffer(document.data(), document.size(),
                         pugi::parse_default | pugi::parse_doctype | pugi::parse_ws_pcdata_single,
                         pugi::encoding_utf8);
  if (!result) return malformed();
  pugi::xml_node element;
  for (const pugi::xml_node child : parsed.children()) {
    if (child.type() == pugi::node_doctype) return malformed();
    if (child.type() != pugi::node_element) continue;
    if (element) return malformed();
    element = child;
  }
  if (!element || !is_shallow(element)) return malformed();
  if (!root.empty() && local_name(element.name()) != root) return malformed();
  return structure_value(element, shape);
}

void append_xml_members(std::string& out, StructureShape shape, const void* structure) {
  for (const Member& member : shape.members) {
    if (member.refused() || member.location != Location::kBody || member.attribute) continue;
    // field() only computes an address.
    const void* value = member.type->get(member.field(const_cast<void*>(structure)));
    if (value == nullptr) continue;
    const std::string_view name = member.wire_name.empty() ? member.name : member.wire_name;
    const std::string_view item = member.item_name.empty() ? "member" : member.item_name;
    if (member.flattened && member.type->kind == Kind::kList) {
      append_content(out, *member.type, value, name);
    } else {
      append_element(out, name, *member.type, value, item);
    }
  }
}

void append_xml_text(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') {
          char reference[8];
          std::snprintf(reference, sizeof reference, "&#x%x;", static_cast<unsigned>(c));
          out += reference;
        } else {
          out += c;
        }
    }
  }
}

}  // namespace headrace::wire
