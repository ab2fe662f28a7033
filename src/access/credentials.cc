#include "access/credentials.h"

#include <charconv>
#include <string_view>

#include "base/base64.h"

namespace headrace::access {
namespace {

constexpr std::size_t kAccessKeySize = 20;
constexpr std::size_t kSecretKeySize = 40;
constexpr std::size_t kSecretBytes = 30;  // 40 characters of base64

std::string path_in(const std::string& data_dir) { return data_dir + "/credentials"; }

// Takes "NAME VALUE\n" off the front of `text`; empty when that is not what comes next.
std::string_view take_line(std::string_view& text, std::string_view name) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || !text.starts_with(name)) return {};
  const std::string_view line = text.substr(name.size(), end - name.size());
  if (!line.starts_with(' ')) return {};
  text.remove_prefix(end + 1);
  return line.substr(1);
}

}  // namespace

std::string unique_id(Random& random, std::string_view prefix, std::size_t count) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string id(prefix);
  for (std::size_t i = 0; i < count; ++i) id += kAlphabet[random.below(kAlphabet.size())];
  return id;
}

Result<RootCredentials> load_root_credentials(io::Disk& disk, const std::string& data_dir) {
  ASSIGN_OR_RETURN(const std::string content, io::read_file(disk, path_in(data_dir)));
  std::string_view rest = content;
  RootCredentials credentials;
  credentials.access_key = take_line(rest, "access_key");
  credentials.secret_key = take_line(rest, "secret_key");
  const std::string_view created = take_line(rest, "created_ms");
  const auto number =
      std::from_chars(created.data(), created.data() + created.size(), credentials.created.ms);
  if (credentials.access_key.size() != kAccessKeySize ||
      credentials.secret_key.size() != kSecretKeySize || created.empty() ||
      number.ec != std::errc{} || number.ptr != created.data() + created.size() || !rest.empty()) {
    return fail(ErrorCode::kCorruption, path_in(data_dir) + " does not hold root credentials");
  }
  return credentials;
}

Result<RootCredentials> ensure_root_credentials(io::Disk& disk, const std::string& data_dir,
                                                Random& random, WallTime now) {
  if (disk.exists(path_in(data_dir))) return load_root_credentials(disk, data_dir);
  RootCredentials made{.access_key = unique_id(random, "AKIA", kAccessKeySize - 4),
                       .secret_key = base64_encode(random.bytes(kSecretBytes)),
                       .created = now};
  RETURN_IF_ERROR(io::write_file(disk, path_in(data_dir),
                                 "access_key " + made.access_key + "\nsecret_key " +
                                     made.secret_key + "\ncreated_ms " +
                                     std::to_string(made.created.ms) + "\n"));
  return made;
}

}  // namespace headrace::access
