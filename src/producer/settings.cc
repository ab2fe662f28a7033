#include "producer/settings.h"

#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <utility>

#include "producer/ini.h"

namespace headrace::producer {
namespace {

// The files that count, and one profile in them.
struct Profile {
  std::string name;
  std::map<std::string, std::string> config;
  std::map<std::string, std::string> credentials;

  std::string value(const std::string& key) const {
    for (const auto* section : {&credentials, &config}) {
      const auto found = section->find(key);
      if (found != section->end() && !found->second.empty()) return found->second;
    }
    return {};
  }
};

std::string first_of(std::initializer_list<std::string> candidates) {
  for (const std::string& candidate : candidates) {
    if (!candidate.empty()) return candidate;
  }
  return {};
}

Ini read_ini(const Environment& environment, const char* variable, const char* file_name) {
  std::string path = environment.variable(variable);
  if (path.empty()) path = environment.variable("HOME") + "/.aws/" + file_name;
  const std::optional<std::string> text = environment.file(path);
  return text ? parse_ini(*text) : Ini{};
}

Result<Profile> read_profile(const Environment& environment) {
  Profile profile;
  const std::string chosen =
      first_of({environment.variable("AWS_PROFILE"), environment.variable("AWS_DEFAULT_PROFILE")});
  profile.name = chosen.empty() ? "default" : chosen;
  const Ini config = read_ini(environment, "AWS_CONFIG_FILE", "config");
  const Ini credentials = read_ini(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
  bool found = false;
  const auto take = [&](const Ini& ini, const std::string& section,
                        std::map<std::string, std::string>& into) {
    const auto at = ini.find(section);
    if (at == ini.end()) return;
    into = at->second;
    found = true;
  };
  if (profile.name == "default") take(config, "default", profile.config);
  take(config, "profile " + profile.name, profile.config);
  take(credentials, profile.name, profile.credentials);
  if (!found && !chosen.empty()) {
    return fail(ErrorCode::kInvalidArgument, "There is no profile '" + chosen + "' in ~/.aws");
  }
  return profile;
}

Result<wire::Credentials> find_credentials(const Environment& environment, const Profile& profile) {
  wire::Credentials found{environment.variable("AWS_ACCESS_KEY_ID"),
                          environment.variable("AWS_SECRET_ACCESS_KEY"),
                          environment.variable("AWS_SESSION_TOKEN")};
  if (found.access_key.empty()) {
    found = {profile.value("aws_access_key_id"), profile.value("aws_secret_access_key"),
             profile.value("aws_session_token")};
  }
  if (!found.access_key.empty() && !found.secret_key.empty()) return found;
  for (const char* other : {"credential_process", "role_arn", "sso_session", "sso_start_url"}) {
    if (profile.value(other).empty()) continue;
    return fail(ErrorCode::kInvalidArgument,
                "The profile '" + profile.name + "' uses " + other +
                    ", which headrace does not follow: `aws configure export-credentials "
                    "--format env` turns it into variables");
  }
  return fail(ErrorCode::kInvalidArgument,
              "No credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or put them into "
              "~/.aws/credentials");
}

std::string find_endpoint(const SettingFlags& flags, const Environment& environment,
                          const Profile& profile, const std::string& region) {
  std::string url = flags.endpoint_url;
  if (environment.variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") != "true") {
    url = first_of({url, environment.variable("AWS_ENDPOINT_URL_KINESIS"),
                    environment.variable("AWS_ENDPOINT_URL"), profile.value("endpoint_url")});
  }
  if (!url.empty()) return url;
  return "https://kinesis." + region + ".amazonaws.com" + (region.starts_with("cn-") ? ".cn" : "");
}

}  // namespace

Environment process_environment() {
  return {.variable =
              [](const std::string& name) {
                const char* value = std::getenv(name.c_str());
                return std::string(value == nullptr ? "" : value);
              },
          .file = [](const std::string& path) -> std::optional<std::string> {
            std::ifstream file(path, std::ios::binary);
            if (!file) return std::nullopt;
            return std::string(std::istreambuf_iterator<char>(file), {});
          }};
}

Result<Settings> resolve_settings(const SettingFlags& flags, const Environment& environment) {
  ASSIGN_OR_RETURN(const Profile profile, read_profile(environment));
  Settings settings;
  settings.region = first_of({flags.region, environment.variable("AWS_REGION"),
                              environment.variable("AWS_DEFAULT_REGION"), profile.value("region")});
  if (settings.region.empty()) {
    return fail(ErrorCode::kInvalidArgument, "No region: give --region or set AWS_REGION");
  }
  ASSIGN_OR_RETURN(settings.endpoint,
                   http::parse_url(find_endpoint(flags, environment, profile, settings.region)));
  ASSIGN_OR_RETURN(settings.credentials, find_credentials(environment, profile));
  settings.ca_file = first_of({environment.variable("AWS_CA_BUNDLE"), profile.value("ca_bundle")});
  return settings;
}

}  // namespace headrace::producer
