// Reads the bytes of every object and part and compares them with their checksums.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "storage/store.h"

namespace headrace::objects {

struct Verified {
  std::uint64_t objects = 0;  // and parts of unfinished uploads
  std::uint64_t bytes = 0;
  std::vector<std::string> damage;  // one line each: whose bytes, and which file and place
};

// Blocks for as long as it takes to read them.
Result<Verified> verify(storage::Store& store);

}  // namespace headrace::objects
