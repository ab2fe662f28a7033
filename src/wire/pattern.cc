#include "wire/pattern.h"

#include <re2/re2.h>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/mutex.h"

namespace headrace::wire {
namespace {

// Patterns whose look-around RE2 lacks, and what means the same (the first with the member's length
// limits, which are checked beside it).
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kRewritten = {{
    {"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$", "[a-z0-9]+(?:-[a-z0-9]+)*"},
    {"jdbc:(redshift|postgresql)://((?!-)[A-Za-z0-9-]{1,63}(?<!-)\\.)+(redshift(-serverless)?)"
     "\\.([a-zA-Z0-9\\.\\-]+):\\d{1,5}/[a-zA-Z0-9_$-]+",
     "jdbc:(redshift|postgresql)://([A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+"
     "(redshift(-serverless)?)\\.([a-zA-Z0-9\\.\\-]+):\\d{1,5}/[a-zA-Z0-9_$-]+"},
}};

// Java's \u1234 is RE2's \x{1234}, and RE2 takes no backslash before '_'.
std::string translated(std::string_view pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '\\' || i + 1 == pattern.size()) {
      out.push_back(pattern[i]);
      continue;
    }
    const char escaped = pattern[++i];
    if (escaped == 'u' && pattern.size() - i > 4) {
      out.append("\\x{").append(pattern.substr(i + 1, 4)).append("}");
      i += 4;
    } else if (escaped == '_') {
      out.push_back('_');
    } else {
      out.push_back('\\');
      out.push_back(escaped);
    }
  }
  return out;
}

struct Compiled {
  std::unique_ptr<re2::RE2> forbidden;  // what the text must not start with; null: nothing
  std::unique_ptr<re2::RE2> expression;

  bool ok() const { return expression->ok() && (forbidden == nullptr || forbidden->ok()); }
};

std::unique_ptr<re2::RE2> compile_one(std::string_view pattern) {
  return std::make_unique<re2::RE2>(translated(pattern), re2::RE2::Quiet);
}

Compiled compile(std::string_view pattern) {
  for (const auto& [given, rewritten] : kRewritten) {
    if (pattern == given) pattern = rewritten;
  }
  Compiled compiled;
  constexpr std::string_view kLookAhead = "^(?!";
  if (pattern.starts_with(kLookAhead)) {
    const std::size_t close = pattern.find(')');
    if (close != std::string_view::npos) {
      compiled.forbidden =
          compile_one(pattern.substr(kLookAhead.size(), close - kLookAhead.size()));
      pattern.remove_prefix(close + 1);
    }
  }
  compiled.expression = compile_one(pattern);
  return compiled;
}

const Compiled& compiled_of(std::string_view pattern) {
  static Mutex mutex;
  static std::map<std::string_view, Compiled> cache;
  MutexLock lock(mutex);
  auto found = cache.find(pattern);
  if (found == cache.end()) found = cache.emplace(pattern, compile(pattern)).first;
  return found->second;
}

}  // namespace

bool matches(std::string_view text, std::string_view pattern) {
  const Compiled& compiled = compiled_of(pattern);
  if (!compiled.ok()) return false;
  const re2::StringPiece piece(text.data(), text.size());
  if (compiled.forbidden != nullptr &&
      compiled.forbidden->Match(piece, 0, piece.size(), re2::RE2::ANCHOR_START, nullptr, 0)) {
    return false;
  }
  return re2::RE2::FullMatch(piece, *compiled.expression);
}

bool is_pattern(std::string_view pattern) { return compile(pattern).ok(); }

}  // namespace headrace::wire
