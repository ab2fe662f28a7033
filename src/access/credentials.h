// The root credentials of a data directory.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "io/disk.h"

namespace headrace::access {

struct RootCredentials {
  std::string access_key;  // "AKIA" and 16 characters
  std::string secret_key;  // 40 characters
  WallTime created;
  bool operator==(const RootCredentials&) const = default;
};

// Reads DATA_DIR/credentials. kNotFound: no server has started there yet; kCorruption: it is not
// what save wrote.
Result<RootCredentials> load_root_credentials(io::Disk& disk, const std::string& data_dir);

// The credentials of a directory that exists; made and durably written (readable by their owner
// only) when there are none. An unreadable file is an error, never replaced.
Result<RootCredentials> ensure_root_credentials(io::Disk& disk, const std::string& data_dir,
                                                Random& random, WallTime now);

// `prefix` ("AKIA", "AROA", ...) and `count` characters of A-Z and 2-7, as AWS makes unique ids.
std::string unique_id(Random& random, std::string_view prefix, std::size_t count);

}  // namespace headrace::access
