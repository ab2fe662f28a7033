// Identities: the roles of each account and their inline policies.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "storage/store.h"

namespace headrace::access {

storage::Schema schema();

using Tags = std::map<std::string, std::string>;

// AWS's default quotas.
inline constexpr std::int64_t kRolesMax = 1000;
inline constexpr std::int64_t kTagsMax = 50;
// Characters that are not white space, of a trust policy and of a role's inline policies together.
inline constexpr std::int64_t kTrustPolicySizeMax = 2048;
inline constexpr std::int64_t kInlinePoliciesSizeMax = 10'240;

struct Role {
  std::string id;  // "AROA" and 17 characters
  std::string account;
  std::string path = "/";
  std::string name;
  std::string trust_policy;  // as given
  std::optional<std::string> description = {};
  std::int32_t max_session_s = 3600;
  WallTime created = {};
  Tags tags = {};

  std::string arn() const;
};

// What an update changes; nothing of the rest.
struct RoleChange {
  std::optional<std::string> trust_policy;
  std::optional<std::string> description;
  std::optional<std::int32_t> max_session_s;
};

// Thread-safe; owned by the server. Policy documents are kept as they are given and not read. Names
// and tag keys differ in more than case, as AWS has it; a look-up needs the exact name. What
// changes something is durable when it returns. Queries read the database and may block on it.
//
// Errors: kNotFound, kAlreadyExists, kInUse (a role with policies), kLimitExceeded, in AWS's words.
class Identities {
 public:
  explicit Identities(storage::Store& store) : store_(store) {}

  boost::asio::awaitable<Status> create_role(Role role);
  Result<Role> role(const std::string& account, const std::string& name) const;
  // In order of their names, after `after`, at most `limit`; without their tags.
  Result<std::vector<Role>> roles(const std::string& account, const std::string& path_prefix,
                                  const std::string& after, std::size_t limit) const;
  boost::asio::awaitable<Status> update_role(std::string account, std::string name,
                                             RoleChange change);
  boost::asio::awaitable<Status> delete_role(std::string account, std::string name);

  boost::asio::awaitable<Status> tag_role(std::string account, std::string name, Tags tags);
  boost::asio::awaitable<Status> untag_role(std::string account, std::string name,
                                            std::vector<std::string> keys);

  boost::asio::awaitable<Status> put_role_policy(std::string account, std::string role,
                                                 std::string policy, std::string document);
  Result<std::string> role_policy(const std::string& account, const std::string& role,
                                  const std::string& policy) const;
  // Names in order.
  Result<std::vector<std::string>> role_policies(const std::string& account,
                                                 const std::string& role) const;
  boost::asio::awaitable<Status> delete_role_policy(std::string account, std::string role,
                                                    std::string policy);

 private:
  storage::Store& store_;
};

}  // namespace headrace::access
