#include "producer/settings.h"

#include <gtest/gtest.h>

#include <map>

namespace headrace::producer {
namespace {

using Map = std::map<std::string, std::string>;

Environment environment(Map variables, Map files = {}) {
  variables.try_emplace("HOME", "/home/me");
  return {.variable = [variables](const std::string& name) -> std::string {
            const auto found = variables.find(name);
            return found == variables.end() ? "" : found->second;
          },
          .file = [files](const std::string& path) -> std::optional<std::string> {
            const auto found = files.find(path);
            if (found == files.end()) return std::nullopt;
            return found->second;
          }};
}

const Map kKeys = {{"AWS_ACCESS_KEY_ID", "key"}, {"AWS_SECRET_ACCESS_KEY", "secret"}};

Map with_keys(Map more) {
  more.insert(kKeys.begin(), kKeys.end());
  return more;
}

std::string endpoint(const SettingFlags& flags, const Environment& from) {
  const auto settings = resolve_settings(flags, from);
  if (!settings) return settings.error().message;
  return (settings->endpoint.tls ? "https " : "http ") + settings->endpoint.authority();
}

TEST(SettingsTest, without_an_endpoint_it_is_aws) {
  EXPECT_EQ(endpoint({}, environment(with_keys({{"AWS_REGION", "eu-west-1"}}))),
            "https kinesis.eu-west-1.amazonaws.com");
  EXPECT_EQ(endpoint({}, environment(with_keys({{"AWS_REGION", "cn-north-1"}}))),
            "https kinesis.cn-north-1.amazonaws.com.cn");
}

TEST(SettingsTest, the_nearest_endpoint_wins) {
  Map variables = with_keys({{"AWS_REGION", "eu-west-1"}});
  const Map files = {{"/home/me/.aws/config", "[default]\nendpoint_url = http://file:1\n"}};
  EXPECT_EQ(endpoint({}, environment(variables, files)), "http file:1");
  variables["AWS_ENDPOINT_URL"] = "http://all:2";
  EXPECT_EQ(endpoint({}, environment(variables, files)), "http all:2");
  variables["AWS_ENDPOINT_URL_KINESIS"] = "http://kinesis:3";
  EXPECT_EQ(endpoint({}, environment(variables, files)), "http kinesis:3");
  EXPECT_EQ(endpoint({.endpoint_url = "http://flag:4"}, environment(variables, files)),
            "http flag:4");
  variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true";
  EXPECT_EQ(endpoint({}, environment(variables, files)), "https kinesis.eu-west-1.amazonaws.com");
}

TEST(SettingsTest, the_nearest_region_wins) {
  const Map files = {{"/home/me/.aws/config", "[default]\nregion = from-file\n"}};
  Map variables = kKeys;
  const auto region = [&](const SettingFlags& flags) {
    return resolve_settings(flags, environment(variables, files))->region;
  };
  EXPECT_EQ(region({}), "from-file");
  variables["AWS_DEFAULT_REGION"] = "from-default";
  EXPECT_EQ(region({}), "from-default");
  variables["AWS_REGION"] = "from-variable";
  EXPECT_EQ(region({}), "from-variable");
  EXPECT_EQ(region({.region = "from-flag"}), "from-flag");
}

TEST(SettingsTest, credentials_come_from_variables_then_from_the_profile) {
  const Map files = {
      {"/creds",
       "[default]\naws_access_key_id = d\naws_secret_access_key = ds\n"
       "[dev]\naws_access_key_id = v\naws_secret_access_key = vs\naws_session_token = vt\n"},
      {"/home/me/.aws/config",
       "[profile dev]\nregion = r\nca_bundle = /ca.pem\n"
       "[profile keys]\nregion = r\naws_access_key_id = c\naws_secret_access_key = cs\n"}};
  Map variables = {{"AWS_SHARED_CREDENTIALS_FILE", "/creds"}, {"AWS_REGION", "r"}};
  const auto found = [&] {
    const auto settings = resolve_settings({}, environment(variables, files));
    if (!settings) return settings.error().message;
    const auto& c = settings->credentials;
    return c.access_key + "/" + c.secret_key + "/" + c.session_token + "/" + settings->ca_file;
  };
  EXPECT_EQ(found(), "d/ds//");
  variables["AWS_PROFILE"] = "dev";
  EXPECT_EQ(found(), "v/vs/vt//ca.pem");
  variables["AWS_PROFILE"] = "keys";
  EXPECT_EQ(found(), "c/cs//");
  variables.insert(kKeys.begin(), kKeys.end());
  EXPECT_EQ(found(), "key/secret//");
  variables["AWS_PROFILE"] = "nobody";
  EXPECT_EQ(found(), "There is no profile 'nobody' in ~/.aws");
}

TEST(SettingsTest, says_what_is_missing) {
  EXPECT_EQ(endpoint({}, environment(kKeys)), "No region: give --region or set AWS_REGION");
  EXPECT_EQ(endpoint({.region = "r"}, environment({})),
            "No credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or put them into "
            "~/.aws/credentials");
  EXPECT_EQ(endpoint({.region = "r"},
                     environment({}, {{"/home/me/.aws/config", "[default]\nsso_session = s\n"}})),
            "The profile 'default' uses sso_session, which headrace does not follow: `aws "
            "configure export-credentials --format env` turns it into variables");
}

}  // namespace
}  // namespace headrace::producer
