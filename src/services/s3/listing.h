// What the listings of objects and uploads share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "objects/object_store.h"
#include "services/s3/shapes.h"

namespace headrace::services::s3 {

inline constexpr std::int32_t kPageMax = 1000;

struct ObjectEntry {
  std::string key;
  WallTime last_modified{};
  std::string etag;
  std::optional<std::vector<std::string>> checksum_algorithm;
  std::optional<std::string> checksum_type;
  std::int64_t size = 0;
  std::optional<std::string> storage_class;
  std::optional<Owner> owner;
  static constexpr auto shape = wire::structure(
      wire::member<&ObjectEntry::key>("Key", wire::length(1)),
      wire::member<&ObjectEntry::last_modified>("LastModified"),
      wire::member<&ObjectEntry::etag>("ETag"),
      wire::member<&ObjectEntry::checksum_algorithm>("ChecksumAlgorithm", wire::flattened,
                                                     wire::each(wire::one_of(kChecksumAlgorithms))),
      wire::member<&ObjectEntry::checksum_type>("ChecksumType", wire::one_of(kChecksumTypes)),
      wire::member<&ObjectEntry::size>("Size"),
      wire::member<&ObjectEntry::storage_class>("StorageClass",
                                                wire::one_of(kObjectStorageClasses)),
      wire::member<&ObjectEntry::owner>("Owner"), wire::refused("RestoreStatus"));
};

ObjectEntry object_entry(const objects::Object& object);

// Keys as they are, or percent-encoded for encoding-type=url.
class KeyEncoding {
 public:
  explicit KeyEncoding(const std::optional<std::string>& encoding_type)
      : url_(encoding_type.has_value()) {}
  std::string operator()(std::string_view text) const;

 private:
  bool url_;
};

std::vector<CommonPrefix> common_prefixes(const std::vector<std::string>& prefixes,
                                          const KeyEncoding& encode);

// max-keys and its relatives (`name`): 1000 unless given, and at most. kInvalidArgument when
// negative.
Result<std::int32_t> page_size(const std::optional<std::int32_t>& asked, std::string_view name);

// A continuation token carries the place to go on from; one that we did not make is told by its
// checksum: kInvalidArgument.
std::string make_token(std::string_view after);
Result<std::string> read_token(std::string_view token);

}  // namespace headrace::services::s3
