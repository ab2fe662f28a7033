#include "producer/ini.h"

#include <cctype>

namespace headrace::producer {
namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string_view without_comment(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool mark = text[i] == '#' || text[i] == ';';
    if (mark && (i == 0 || text[i - 1] == ' ' || text[i - 1] == '\t')) return text.substr(0, i);
  }
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

Ini parse_ini(std::string_view text) {
  Ini ini;
  std::map<std::string, std::string>* section = nullptr;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view whole = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (whole.empty() || whole[0] == ' ' || whole[0] == '\t') continue;
    const std::string_view line = trimmed(without_comment(whole));
    if (line.starts_with('[')) {
      const std::size_t close = line.find(']');
      const bool named = close != std::string_view::npos;
      section = named ? &ini[std::string(trimmed(line.substr(1, close - 1)))] : nullptr;
      continue;
    }
    const std::size_t equals = line.find('=');
    if (section == nullptr || equals == std::string_view::npos) continue;
    const std::string_view key = trimmed(line.substr(0, equals));
    if (!key.empty()) (*section)[lower(key)] = trimmed(line.substr(equals + 1));
  }
  return ini;
}

}  // namespace headrace::producer
