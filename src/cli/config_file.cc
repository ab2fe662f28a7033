#include "cli/config_file.h"

#include <optional>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace headrace::cli {
namespace {

// As the command line would have it.
std::optional<std::string> word_of(const toml::node& node) {
  if (auto text = node.value_exact<std::string>()) return text;
  if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
  if (const auto truth = node.value_exact<bool>()) return *truth ? "true" : "false";
  return std::nullopt;
}

std::string place(const std::string& path, const toml::source_region& source) {
  return path + ", line " + std::to_string(source.begin.line);
}

}  // namespace

Status apply_config_file(CLI::App& sub, const std::string& path) {
  const toml::parse_result parsed = toml::parse_file(path);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    const std::string where = error.source().begin.line > 0 ? place(path, error.source()) : path;
    return fail(ErrorCode::kInvalidArgument, where + ": " + std::string(error.description()));
  }
  for (const auto& [key, node] : parsed.table()) {
    const std::string name(key.str());
    CLI::Option* const option = sub.get_option_no_throw("--" + name);
    if (option == nullptr || name == "config" || name == "help") {
      return fail(ErrorCode::kInvalidArgument,
                  place(path, node.source()) + ": there is no setting \"" + name + "\"");
    }
    const auto word = word_of(node);
    if (!word) {
      return fail(ErrorCode::kInvalidArgument,
                  place(path, node.source()) + ": \"" + name + "\" takes one value");
    }
    if (!option->empty()) continue;
    option->add_result(*word);
    option->run_callback();
  }
  return {};
}

}  // namespace headrace::cli
