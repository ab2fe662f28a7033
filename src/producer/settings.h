// Where to send, as whom: flags, environment and the files in ~/.aws, as AWS's own tools read them.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/error.h"
#include "http/client.h"
#include "wire/sigv4.h"

namespace headrace::producer {

struct Settings {
  std::string region;
  http::Url endpoint;
  wire::Credentials credentials;
  std::string ca_file = {};  // empty: the system's authorities
};

// What was said on the command line; empty: nothing.
struct SettingFlags {
  std::string region;
  std::string endpoint_url;
};

// What a process can be told from outside; tests have their own.
struct Environment {
  // An unset variable and an empty one are the same.
  std::function<std::string(const std::string& name)> variable;
  // Nothing when there is no such file.
  std::function<std::optional<std::string>(const std::string& path)> file;
};
Environment process_environment();

// Region: flag, AWS_REGION, AWS_DEFAULT_REGION, the profile. Endpoint: flag,
// AWS_ENDPOINT_URL_KINESIS, AWS_ENDPOINT_URL, the profile's endpoint_url, AWS itself. Credentials:
// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (with AWS_SESSION_TOKEN), the profile (AWS_PROFILE or
// "default") in the credentials file, then in the config file. Trusted authorities:
// AWS_CA_BUNDLE, the profile's ca_bundle. kInvalidArgument says what is missing.
Result<Settings> resolve_settings(const SettingFlags& flags, const Environment& environment);

}  // namespace headrace::producer
