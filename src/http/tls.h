// The server's TLS identity: a local authority and a certificate signed by it, or the user's own.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/error.h"

namespace headrace::http {

// PEM files; the certificate file may hold a chain.
struct TlsIdentity {
  std::string certificate_path;
  std::string key_path;
};

// Makes what is missing in `directory`: an authority of ten years (ca.pem, for users to trust, and
// ca-key.pem) and a certificate of 825 days for localhost, *.localhost, 127.0.0.1 and ::1
// (server.pem, server-key.pem). Keys are EC P-256, readable by their owner only. The certificate is
// issued again when fewer than 30 days of it are left at `now` or when it is not the authority's;
// the authority stays while ca.pem and ca-key.pem do. Blocks on the disk. Errors: kIo,
// kInvalidArgument (a file that does not parse).
Result<TlsIdentity> local_identity(const std::string& directory, WallTime now);

}  // namespace headrace::http
