// OpenSSL contexts as this product uses them: TLS 1.2 or later, ALPN: servers take h2
// and http/1.1, clients speak http/1.1.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "base/error.h"
#include "http/tls.h"

namespace headrace::http {

// kInvalidArgument: a file that is missing or does not parse, or a key that is not the
// certificate's.
Result<std::unique_ptr<boost::asio::ssl::context>> server_context(const TlsIdentity& identity);
// Trusts the authorities in `ca_file`, or the system's when that is empty.
Result<std::unique_ptr<boost::asio::ssl::context>> client_context(const std::string& ca_file);

}  // namespace headrace::http
