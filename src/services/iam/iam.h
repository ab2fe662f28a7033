// What the IAM operations work on, and the shapes that several of them share.
//
// Source: the service model of AWS Identity and Access Management, API version 2010-05-08.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/identities.h"
#include "base/clock.h"
#include "base/random.h"
#include "services/operation.h"
#include "wire/shape.h"

namespace headrace::services::iam {

inline constexpr std::string_view kVersion = "2010-05-08";
inline constexpr std::string_view kXmlNamespace = "https://iam.amazonaws.com/doc/2010-05-08/";

struct Iam {
  access::Identities& identities;
  Clock& clock;
  Random& random;
  WallTime root_created;  // of the data directory's root credentials
};

// Every operation there is.
std::vector<Operation> operations(Iam& iam);

WireError wire_error(const Error& error);

inline constexpr std::string_view kNamePattern = "[\\w+=,.@-]+";
inline constexpr std::string_view kPathPattern = "(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)";
inline constexpr std::string_view kPathPrefixPattern = "\\u002F[\\u0021-\\u007F]*";
inline constexpr std::string_view kPolicyPathPattern = "((/[A-Za-z0-9\\.,\\+@=_-]+)*)/";
inline constexpr std::string_view kDocumentPattern = "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+";
inline constexpr std::string_view kDescriptionPattern =
    "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*";
inline constexpr std::string_view kMarkerPattern = "[\\u0020-\\u00FF]+";
inline constexpr std::string_view kIdPattern = "[\\w]+";
inline constexpr std::string_view kTagKeyPattern = "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+";
inline constexpr std::string_view kTagValuePattern = "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*";

// The names and documents of several operations, as options of wire::member.
inline constexpr wire::Length kRoleNameLength = wire::length(1, 64);
inline constexpr wire::Length kPolicyNameLength = wire::length(1, 128);
inline constexpr wire::Length kDocumentLength = wire::length(1, 131'072);
inline constexpr wire::Length kMarkerLength = wire::length(1, 320);
inline constexpr wire::Length kMaxItemsRange = wire::range(1, 1000);

struct Tag {
  std::string key;
  std::string value;
  static constexpr auto shape =
      wire::structure(wire::member<&Tag::key>("Key", wire::required, wire::length(1, 128),
                                              wire::pattern(kTagKeyPattern)),
                      wire::member<&Tag::value>("Value", wire::required, wire::length(0, 256),
                                                wire::pattern(kTagValuePattern)));
};

// Always empty: nobody assumes roles yet.
struct RoleLastUsed {
  static constexpr auto shape =
      wire::structure(wire::refused("LastUsedDate"), wire::refused("Region"));
};

struct Role {
  std::string path;
  std::string role_name;
  std::string role_id;
  std::string arn;
  WallTime create_date;
  std::string assume_role_policy_document;  // percent-encoded
  std::optional<std::string> description;
  std::int32_t max_session_duration = 0;
  std::optional<std::vector<Tag>> tags;
  std::optional<RoleLastUsed> role_last_used;
  static constexpr auto shape = wire::structure(
      wire::member<&Role::path>("Path", wire::required, wire::length(1, 512),
                                wire::pattern(kPathPattern)),
      wire::member<&Role::role_name>("RoleName", wire::required, kRoleNameLength,
                                     wire::pattern(kNamePattern)),
      wire::member<&Role::role_id>("RoleId", wire::required, wire::length(16, 128),
                                   wire::pattern(kIdPattern)),
      wire::member<&Role::arn>("Arn", wire::required, wire::length(20, 2048)),
      wire::member<&Role::create_date>("CreateDate", wire::required),
      wire::member<&Role::assume_role_policy_document>("AssumeRolePolicyDocument", kDocumentLength,
                                                       wire::pattern(kDocumentPattern)),
      wire::member<&Role::description>("Description", wire::length(wire::kNoMin, 1000),
                                       wire::pattern(kDescriptionPattern)),
      wire::member<&Role::max_session_duration>("MaxSessionDuration", wire::range(3600, 43'200)),
      wire::refused("PermissionsBoundary"),
      wire::member<&Role::tags>("Tags", wire::length(wire::kNoMin, 50)),
      wire::member<&Role::role_last_used>("RoleLastUsed"), wire::refused("SourceRoleTemplate"));
};

// As IAM shows a role: without tags when it has none.
Role role_of(const access::Role& role);
std::vector<Tag> tags_of(const access::Tags& tags);
// kInvalidArgument: keys that differ in case only, or not at all.
Result<access::Tags> tags_from(std::vector<Tag> tags);

// Which grammar a policy document follows: who may assume a role, or what the role may do.
enum class PolicyKind { kTrust, kIdentity };
// kMalformedDocument, in AWS's words.
Status check_policy(std::string_view document, PolicyKind kind);

// Paging: a marker names the last item of the page before it. kValidation: not a marker of ours.
std::string marker_after(std::string_view name);
Result<std::string> name_of_marker(const std::optional<std::string>& marker);
inline constexpr std::int32_t kMaxItemsDefault = 100;

}  // namespace headrace::services::iam
