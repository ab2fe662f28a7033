#include "server/configuration.h"

#include <string_view>

namespace headrace::server {
namespace {

// The host of "HOST:PORT" or "[HOST]:PORT".
std::string_view host_of(std::string_view address) {
  std::string_view host = address.substr(0, address.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

bool is_loopback(std::string_view host) {
  return host.starts_with("127.") || host == "::1" || host == "localhost";
}

}  // namespace

Status check(const Configuration& configuration) {
  if (configuration.tls_cert.empty() != configuration.tls_key.empty()) {
    return fail(ErrorCode::kInvalidArgument, "--tls-cert and --tls-key go together");
  }
  for (const std::string& address : {configuration.listen, configuration.tls_listen}) {
    if (address.empty() || configuration.enforce || configuration.insecure) continue;
    if (!is_loopback(host_of(address))) {
      return fail(ErrorCode::kInvalidArgument,
                  "listening on " + address +
                      " lets anyone in: use --auth enforce, or --insecure to do it all the same");
    }
  }
  return {};
}

}  // namespace headrace::server
