#include "access/identities.h"

#include <algorithm>
#include <utility>

#include "storage/commit.h"

namespace headrace::access {
namespace {

using storage::Mutation;
using storage::SqlValue;

constexpr const char* kRoleColumns =
    "id, account, path, name, trust, description, max_session_s, created_ms";

Role read_role(const storage::Row& row) {
  Role role;
  role.id = row.text(0);
  role.account = row.text(1);
  role.path = row.text(2);
  role.name = row.text(3);
  role.trust_policy = row.text(4);
  if (!row.is_null(5)) role.description = row.text(5);
  role.max_session_s = static_cast<std::int32_t>(row.integer(6));
  role.created = {row.integer(7)};
  return role;
}

SqlValue text_or_null(const std::optional<std::string>& text) {
  return text ? SqlValue{*text} : SqlValue{};
}

// What AWS's quotas count.
std::int64_t policy_size(std::string_view document) {
  return std::ranges::count_if(
      document, [](char c) { return c != ' ' && c != '\t' && c != '\n' && c != '\r'; });
}

std::unexpected<Error> role_not_found(const std::string& name) {
  return fail(ErrorCode::kNotFound, "The role with name " + name + " cannot be found.");
}
std::unexpected<Error> policy_not_found(const std::string& name) {
  return fail(ErrorCode::kNotFound, "The role policy with name " + name + " cannot be found.");
}

// A guard that holds while the role is there and `condition` (of ?1 account, ?2 name) is true.
Mutation role_guard(const std::string& account, const std::string& name, std::string condition) {
  return {"UPDATE iam_roles SET name=name WHERE account=?1 AND name=?2" + std::move(condition),
          {account, name},
          true};
}

Mutation tag_limit(const std::string& account, const std::string& name) {
  return role_guard(account, name,
                    " AND (SELECT count(*) FROM iam_role_tags WHERE role=iam_roles.id) <= " +
                        std::to_string(kTagsMax));
}

std::unexpected<Error> too_many_tags() {
  return fail(ErrorCode::kLimitExceeded,
              "Cannot exceed quota for TagsPerRole: " + std::to_string(kTagsMax));
}

Status check_trust_policy(std::string_view document) {
  if (policy_size(document) > kTrustPolicySizeMax) {
    return fail(ErrorCode::kLimitExceeded,
                "Cannot exceed quota for ACLSizePerRole: " + std::to_string(kTrustPolicySizeMax));
  }
  return {};
}

}  // namespace

storage::Schema schema() {
  return {.domain = "access",
          .versions = {
              "CREATE TABLE iam_roles(id TEXT PRIMARY KEY, account TEXT NOT NULL,"
              "  path TEXT NOT NULL, name TEXT NOT NULL, trust TEXT NOT NULL, description TEXT,"
              "  max_session_s INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
              "  UNIQUE(account, name COLLATE NOCASE)) WITHOUT ROWID;"
              "CREATE TABLE iam_role_tags(role TEXT, key TEXT COLLATE NOCASE, value TEXT NOT NULL,"
              "  PRIMARY KEY(role, key)) WITHOUT ROWID;"
              "CREATE TABLE iam_role_policies(role TEXT, name TEXT COLLATE NOCASE,"
              "  document TEXT NOT NULL, size INTEGER NOT NULL,"
              "  PRIMARY KEY(role, name)) WITHOUT ROWID"}};
}

std::string Role::arn() const { return "arn:aws:iam::" + account + ":role" + path + name; }

boost::asio::awaitable<Status> Identities::create_role(Role role) {
  CO_RETURN_IF_ERROR(check_trust_policy(role.trust_policy));
  storage::Entry entry;
  entry.mutations.push_back(
      {"INSERT OR IGNORE INTO iam_roles VALUES(?1,?2,?3,?4,?5,?6,?7,?8)",
       {role.id, role.account, role.path, role.name, role.trust_policy,
        text_or_null(role.description), std::int64_t{role.max_session_s}, role.created.ms},
       true});
  entry.mutations.push_back(role_guard(
      role.account, role.name,
      " AND (SELECT count(*) FROM iam_roles WHERE account=?1) <= " + std::to_string(kRolesMax)));
  for (const auto& [key, value] : role.tags) {
    entry.mutations.push_back(
        {"INSERT OR REPLACE INTO iam_role_tags VALUES(?1,?2,?3)", {role.id, key, value}});
  }
  entry.mutations.push_back(tag_limit(role.account, role.name));
  auto committed = co_await storage::commit(store_, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  if (!committed->refused_by) co_return Status{};
  if (*committed->refused_by == 0) {
    co_return fail(ErrorCode::kAlreadyExists, "Role with name " + role.name + " already exists.");
  }
  if (*committed->refused_by == 1) {
    co_return fail(ErrorCode::kLimitExceeded,
                   "Cannot exceed quota for RolesPerAccount: " + std::to_string(kRolesMax));
  }
  co_return too_many_tags();
}

Result<Role> Identities::role(const std::string& account, const std::string& name) const {
  std::optional<Role> found;
  RETURN_IF_ERROR(store_.metadata().query(
      std::string("SELECT ") + kRoleColumns + " FROM iam_roles WHERE account=?1 AND name=?2",
      {account, name}, [&](const storage::Row& row) {
        found = read_role(row);
        return false;
      }));
  if (!found) return role_not_found(name);
  RETURN_IF_ERROR(store_.metadata().query("SELECT key, value FROM iam_role_tags WHERE role=?1",
                                          {found->id}, [&](const storage::Row& row) {
                                            found->tags[row.text(0)] = row.text(1);
                                            return true;
                                          }));
  return std::move(*found);
}

Result<std::vector<Role>> Identities::roles(const std::string& account,
                                            const std::string& path_prefix,
                                            const std::string& after, std::size_t limit) const {
  std::vector<Role> found;
  RETURN_IF_ERROR(store_.metadata().query(
      std::string("SELECT ") + kRoleColumns +
          " FROM iam_roles WHERE account=?1 AND substr(path, 1, length(?2))=?2 AND name>?3"
          " ORDER BY name LIMIT ?4",
      {account, path_prefix, after, static_cast<std::int64_t>(limit)},
      [&](const storage::Row& row) {
        found.push_back(read_role(row));
        return true;
      }));
  return found;
}

boost::asio::awaitable<Status> Identities::update_role(std::string account, std::string name,
                                                       RoleChange change) {
  if (change.trust_policy) CO_RETURN_IF_ERROR(check_trust_policy(*change.trust_policy));
  storage::Entry entry;
  entry.mutations.push_back(
      {"UPDATE iam_roles SET trust=coalesce(?3, trust), description=coalesce(?4, description),"
       " max_session_s=coalesce(?5, max_session_s) WHERE account=?1 AND name=?2",
       {account, name, text_or_null(change.trust_policy), text_or_null(change.description),
        change.max_session_s ? SqlValue{std::int64_t{*change.max_session_s}} : SqlValue{}},
       true});
  auto committed = co_await storage::commit(store_, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  if (committed->refused_by) co_return role_not_found(name);
  co_return Status{};
}

boost::asio::awaitable<Status> Identities::delete_role(std::string account, std::string name) {
  storage::Entry entry;
  entry.mutations.push_back(role_guard(account, name, ""));
  entry.mutations.push_back(role_guard(
      account, name, " AND NOT EXISTS(SELECT 1 FROM iam_role_policies WHERE role=iam_roles.id)"));
  entry.mutations.push_back(
      {"DELETE FROM iam_role_tags WHERE role IN"
       " (SELECT id FROM iam_roles WHERE account=?1 AND name=?2)",
       {account, name}});
  entry.mutations.push_back(
      {"DELETE FROM iam_roles WHERE account=?1 AND name=?2", {account, name}});
  auto committed = co_await storage::commit(store_, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  if (!committed->refused_by) co_return Status{};
  if (*committed->refused_by == 0) co_return role_not_found(name);
  co_return fail(ErrorCode::kInUse, "Cannot delete entity, must delete policies first.");
}

boost::asio::awaitable<Status> Identities::tag_role(std::string account, std::string name,
                                                    Tags tags) {
  storage::Entry entry;
  entry.mutations.push_back(role_guard(account, name, ""));
  for (const auto& [key, value] : tags) {
    entry.mutations.push_back(
        {"INSERT OR REPLACE INTO iam_role_tags"
         " SELECT id, ?3, ?4 FROM iam_roles WHERE account=?1 AND name=?2",
         {account, name, key, value}});
  }
  // Counted where the log decides: a guard that finds too many undoes the entry.
  entry.mutations.push_back(tag_limit(account, name));
  auto committed = co_await storage::commit(store_, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  if (!committed->refused_by) co_return Status{};
  if (*committed->refused_by == 0) co_return role_not_found(name);
  co_return too_many_tags();
}

boost::asio::awaitable<Status> Identities::untag_role(std::string account, std::string name,
                                                      std::vector<std::string> keys) {
  storage::Entry entry;
  entry.mutations.push_back(role_guard(account, name, ""));
  for (const std::string& key : keys) {
    entry.mutations.push_back(
        {"DELETE FROM iam_role_tags WHERE key=?3 AND role IN"
         " (SELECT id FROM iam_roles WHERE account=?1 AND name=?2)",
         {account, name, key}});
  }
  auto committed = co_await storage::commit(store_, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  if (committed->refused_by) co_return role_not_found(name);
  co_return Status{};
}

boost::asio::awaitable<Status> Identities::put_role_policy(std::string account, std::string role,
                                                           std::string policy,
                                                           std::string document) {
  storage::Entry entry;
  entry.mutations.push_back(
      {"INSERT OR REPLACE INTO iam_role_policies"
       " SELECT id, ?3, ?4, ?5 FROM iam_roles WHERE account=?1 AND name=?2",
       {account, role, policy, document, policy_size(document)},
       true});
  entry.mutations.push_back(
      role_guard(account, role,
                 " AND (SELECT sum(size) FROM iam_role_policies WHERE role=iam_roles.id) <= " +
                     std::to_string(kInlinePoliciesSizeMax)));
  auto committed = co_await storage::commit(store_, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  if (!committed->refused_by) co_return Status{};
  if (*committed->refused_by == 0) co_return role_not_found(role);
  co_return fail(ErrorCode::kLimitExceeded, "Maximum policy size of " +
                                                std::to_string(kInlinePoliciesSizeMax) +
                                                " bytes exceeded for role " + role);
}

Result<std::string> Identities::role_policy(const std::string& account, const std::string& name,
                                            const std::string& policy) const {
  ASSIGN_OR_RETURN(const Role found, role(account, name));
  std::optional<std::string> document;
  RETURN_IF_ERROR(store_.metadata().query(
      "SELECT document FROM iam_role_policies WHERE role=?1 AND name=?2 COLLATE BINARY",
      {found.id, policy}, [&](const storage::Row& row) {
        document = row.text(0);
        return false;
      }));
  if (!document) return policy_not_found(policy);
  return std::move(*document);
}

Result<std::vector<std::string>> Identities::role_policies(const std::string& account,
                                                           const std::string& name) const {
  ASSIGN_OR_RETURN(const Role found, role(account, name));
  std::vector<std::string> names;
  RETURN_IF_ERROR(store_.metadata().query(
      "SELECT name FROM iam_role_policies WHERE role=?1 ORDER BY name COLLATE BINARY", {found.id},
      [&](const storage::Row& row) {
        names.push_back(row.text(0));
        return true;
      }));
  return names;
}

boost::asio::awaitable<Status> Identities::delete_role_policy(std::string account, std::string role,
                                                              std::string policy) {
  storage::Entry entry;
  entry.mutations.push_back(role_guard(account, role, ""));
  entry.mutations.push_back(
      {"DELETE FROM iam_role_policies WHERE name=?3 COLLATE BINARY AND role IN"
       " (SELECT id FROM iam_roles WHERE account=?1 AND name=?2)",
       {account, role, policy},
       true});
  auto committed = co_await storage::commit(store_, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  if (!committed->refused_by) co_return Status{};
  co_return *committed->refused_by == 0 ? role_not_found(role) : policy_not_found(policy);
}

}  // namespace headrace::access
