// Where delivered objects go: the ObjectSink seam.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "storage/mutation.h"

namespace headrace::delivery {

struct DeliveredObject {
  std::string account;
  std::string bucket;
  std::string key;
  std::string content_type = "application/octet-stream";
  std::string content_encoding;  // empty: none
};

// The bytes of one object on their way. Blocks on the disk; one thread at a time.
class Upload {
 public:
  virtual ~Upload() = default;
  virtual Status append(std::string_view bytes) = 0;
  // Makes the object and applies `with` as one change: both or neither. kNoSuchBucket, kDiskFull
  // and kUnavailable leave the bytes staged: call it again later. kCancelled: a guard of `with`
  // refused, the object must not be.
  virtual Status commit(const DeliveredObject& object, std::vector<storage::Mutation> with) = 0;
};

// Implementations: StoreSink (the embedded object store) and the tests' own.
class ObjectSink {
 public:
  virtual ~ObjectSink() = default;
  virtual Result<std::unique_ptr<Upload>> begin() = 0;
};

}  // namespace headrace::delivery
