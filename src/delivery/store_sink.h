// Delivered objects into the embedded object store.
#pragma once

#include <memory>

#include "delivery/sink.h"
#include "objects/object_store.h"

namespace headrace::delivery {

// Thread-safe. Objects and the mutations that come with them are one log entry, so that a crash
// leaves both or neither.
class StoreSink final : public ObjectSink {
 public:
  explicit StoreSink(objects::ObjectStore& objects) : objects_(objects) {}
  Result<std::unique_ptr<Upload>> begin() override;

 private:
  objects::ObjectStore& objects_;
};

}  // namespace headrace::delivery
