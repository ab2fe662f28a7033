// An object's bytes in order, checked on the way.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "objects/object_store.h"

namespace headrace::objects {

// Reads a range of an object piece by piece. Every extent that lies wholly in the range is compared
// with its checksum before its last bytes are given out; of one that the range cuts, nothing is
// known. One caller at a time.
class ObjectReader {
 public:
  // `size` bytes from `offset`. `store` outlives the reader.
  ObjectReader(const ObjectStore& store, std::shared_ptr<const Object> object, std::uint64_t offset,
               std::uint64_t size);

  // The next bytes, up to `size_max` of them; none: the range is at its end. kCorruption names the
  // object; what came before may be of the damaged extent, and is then no object without the rest.
  boost::asio::awaitable<Result<std::string>> next(std::size_t size_max);
  std::uint64_t left() const { return left_; }

 private:
  Status check(std::string_view piece);

  const ObjectStore& store_;
  std::shared_ptr<const Object> object_;  // shared with the reads on their way
  std::uint64_t at_;
  std::uint64_t left_;
  std::size_t extent_ = 0;          // the one that holds `at_`
  std::uint64_t extent_start_ = 0;  // in the object
  std::uint64_t checked_from_;      // bytes of an extent before this were never seen
  std::uint32_t crc_ = 0;           // of the extent's bytes so far
};

}  // namespace headrace::objects
