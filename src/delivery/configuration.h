// What a delivery stream was created with.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "delivery/format.h"

namespace headrace::delivery {

// Sizes are MiB of uncompressed data, 1..128; intervals are seconds, 0..900.
struct BufferingHints {
  std::int32_t size_mib = 5;
  std::int32_t interval_s = 300;
};

struct KinesisSource {
  std::string stream_arn;
  std::string role_arn;
  std::uint64_t storage_stream = 0;  // its records' id in the store
};

struct Configuration {
  std::string account;
  std::string region;
  std::string name;
  std::optional<KinesisSource> source;  // absent: Direct PUT
  std::string role_arn;
  std::string bucket;  // its name, from the bucket's ARN
  std::string prefix;
  std::string error_output_prefix;
  std::string file_extension;  // empty: the compression's
  BufferingHints hints;
  Compression compression = Compression::kUncompressed;
  bool extended = true;  // made with ExtendedS3DestinationConfiguration
  WallTime created{};
  std::string version = "1";
};

using Tags = std::map<std::string, std::string>;

}  // namespace headrace::delivery
