#include "http/fields.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace headrace::http {
namespace {

enum CharacterClass : std::uint8_t { kTokenClass = 1, kValueClass = 2, kTargetClass = 4 };

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const bool visible = c > 0x20 && c < 0x7f;
    std::uint8_t set = 0;
    const bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool mark =
        c != 0 && c < 0x7f && std::string_view("!#$%&'*+-.^_`|~").contains(static_cast<char>(c));
    set |= alphanumeric || mark ? kTokenClass : 0;
    set |= visible || c == ' ' || c == '\t' || c >= 0x80 ? kValueClass : 0;
    set |= visible && c != '#' ? kTargetClass : 0;
    classes[c] = set;
  }
  return classes;
}

constexpr std::array<std::uint8_t, 256> kClasses = make_classes();

bool all_of_class(std::string_view text, CharacterClass wanted) {
  return std::ranges::all_of(
      text, [wanted](char c) { return (kClasses[static_cast<unsigned char>(c)] & wanted) != 0; });
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool is_token(std::string_view text) { return !text.empty() && all_of_class(text, kTokenClass); }

bool is_field_value(std::string_view text) { return all_of_class(text, kValueClass); }

bool is_target(std::string_view text) { return !text.empty() && all_of_class(text, kTargetClass); }

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

std::optional<HeaderView> parse_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  const HeaderView field{.name = line.substr(0, colon), .value = trim(line.substr(colon + 1))};
  if (!is_token(field.name) || !is_field_value(field.value)) {
    return std::nullopt;
  }
  return field;
}

std::string_view next_element(std::string_view& list) {
  const std::size_t comma = list.find(',');
  const std::string_view element = trim(list.substr(0, comma));
  list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  return element;
}

}  // namespace headrace::http
