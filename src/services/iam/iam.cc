#include "services/iam/iam.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/base64.h"
#include "wire/aws_json.h"
#include "wire/uri.h"
#include "wire/value.h"

namespace headrace::services::iam {
namespace {

std::unexpected<Error> malformed(std::string message) {
  return fail(ErrorCode::kMalformedDocument, std::move(message));
}

bool has_any(const wire::Value& statement, std::string_view one, std::string_view other) {
  return statement.find(one) != nullptr || statement.find(other) != nullptr;
}

Status check_statement(const wire::Value& statement, PolicyKind kind) {
  constexpr std::array<std::string_view, 9> kKnown = {"Sid",          "Effect",   "Principal",
                                                      "NotPrincipal", "Action",   "NotAction",
                                                      "NotResource",  "Resource", "Condition"};
  if (statement.object() == nullptr) return malformed("Syntax errors in policy.");
  for (const wire::Value::Entry& entry : *statement.object()) {
    if (std::ranges::find(kKnown, entry.key) == kKnown.end()) {
      return malformed("Syntax errors in policy.");
    }
  }
  const wire::Value* effect = statement.find("Effect");
  if (effect == nullptr) return malformed("Missing required field Effect");
  if (effect->string() == nullptr ||
      (*effect->string() != "Allow" && *effect->string() != "Deny")) {
    return malformed("Syntax errors in policy.");
  }
  if (kind == PolicyKind::kTrust) {
    if (has_any(statement, "Resource", "NotResource")) {
      return malformed("Has prohibited field Resource");
    }
    if (!has_any(statement, "Principal", "NotPrincipal")) {
      return malformed("Missing required field Principal");
    }
    if (!has_any(statement, "Action", "NotAction")) {
      return malformed("Missing required field Action");
    }
    return {};
  }
  if (has_any(statement, "Principal", "NotPrincipal")) {
    return malformed("Policy document should not specify a principal.");
  }
  if (!has_any(statement, "Action", "NotAction")) {
    return malformed("Policy statement must contain actions.");
  }
  if (!has_any(statement, "Resource", "NotResource")) {
    return malformed("Policy statement must contain resources.");
  }
  return {};
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

Role role_of(const access::Role& role) {
  Role shown;
  shown.path = role.path;
  shown.role_name = role.name;
  shown.role_id = role.id;
  shown.arn = role.arn();
  shown.create_date = role.created;
  shown.assume_role_policy_document = wire::percent_encode(role.trust_policy);
  shown.description = role.description;
  shown.max_session_duration = role.max_session_s;
  if (!role.tags.empty()) shown.tags = tags_of(role.tags);
  return shown;
}

std::vector<Tag> tags_of(const access::Tags& tags) {
  std::vector<Tag> shown;
  shown.reserve(tags.size());
  for (const auto& [key, value] : tags) shown.push_back({key, value});
  return shown;
}

Result<access::Tags> tags_from(std::vector<Tag> tags) {
  access::Tags unique;
  std::vector<std::string> keys;
  for (Tag& tag : tags) {
    keys.push_back(lower(tag.key));
    unique[std::move(tag.key)] = std::move(tag.value);
  }
  std::ranges::sort(keys);
  if (std::ranges::adjacent_find(keys) != keys.end()) {
    return fail(ErrorCode::kInvalidArgument,
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  }
  return unique;
}

Status check_policy(std::string_view document, PolicyKind kind) {
  const Result<wire::Value> policy = wire::parse_json(document);
  if (!policy) return malformed("This policy contains invalid Json");
  const wire::Value* version = policy->find("Version");
  if (version != nullptr &&
      (version->string() == nullptr ||
       (*version->string() != "2012-10-17" && *version->string() != "2008-10-17"))) {
    return malformed("Syntax errors in policy.");
  }
  const wire::Value* statement = policy->find("Statement");
  if (statement == nullptr) return malformed("Syntax errors in policy.");
  if (statement->list() == nullptr) return check_statement(*statement, kind);
  if (statement->list()->empty()) return malformed("Syntax errors in policy.");
  for (const wire::Value& each : *statement->list()) {
    RETURN_IF_ERROR(check_statement(each, kind));
  }
  return {};
}

std::string marker_after(std::string_view name) { return base64_encode(name); }

Result<std::string> name_of_marker(const std::optional<std::string>& marker) {
  if (!marker) return std::string();
  auto name = base64_decode(*marker);
  if (!name) return fail(ErrorCode::kValidation, "Invalid Marker.");
  return std::move(*name);
}

}  // namespace headrace::services::iam
