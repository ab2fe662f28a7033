// Reads all of a data directory that no server has open.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace headrace::server {

struct Verification {
  std::vector<std::string> damage;  // one line each, naming file and place
  std::uint64_t record_bytes = 0;
  std::uint64_t objects = 0;
  std::uint64_t object_bytes = 0;
};

// Opens the directory as a server would (an interrupted commit is finished or cut, as at any
// start), then reads every record, every object's bytes and every page of the database, and
// compares them with their checksums. kNotFound: there is no data directory; kInUse: a server has
// it; else what opening it says.
Result<Verification> verify(const std::string& data_dir);

}  // namespace headrace::server
