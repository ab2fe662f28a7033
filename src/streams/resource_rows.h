// What the database says of a stream or a consumer that something hangs on.
#pragma once

#include "base/error.h"
#include "storage/metadata.h"
#include "storage/mutation.h"
#include "streams/resource.h"

namespace headrace::streams {

// A guard: refuses when the stream was deleted, or the consumer is not registered any more.
storage::Mutation guard_of(const Resource& resource);
// kNotFound for a consumer that is not registered. Blocks.
Status check_exists(storage::Metadata& metadata, const Resource& resource);
// kNotFound, in the service's words.
std::unexpected<Error> no_such_resource(const Resource& resource);
// kInUse unless the stream is ACTIVE or UPDATING.
Status check_settled(const Stream& stream);

}  // namespace headrace::streams
