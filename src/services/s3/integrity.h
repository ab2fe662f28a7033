// What a client says its bytes hash to, and whether they do.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "http/message.h"
#include "objects/checksum.h"
#include "objects/object_store.h"

namespace headrace::services::s3 {

// A checksum as a header or an element spells it.
struct ChecksumText {
  objects::ChecksumAlgorithm algorithm;
  std::string text;
};

// As the headers of a request say it.
struct DeclaredIntegrity {
  std::optional<std::string> content_md5;
  std::vector<ChecksumText> checksums;   // x-amz-checksum-*
  std::optional<std::string> algorithm;  // x-amz-sdk-checksum-algorithm
  std::optional<std::string> trailer;    // x-amz-trailer
};

// The same, understood. One upload has one.
class Integrity {
 public:
  // kInvalidDigest; kInvalidArgument ("InvalidRequest") for values that no hash has, for more than
  // one checksum, and for an algorithm without a value; kNotImplemented for other algorithms.
  static Result<Integrity> parse(const DeclaredIntegrity& declared);

  // The one algorithm to compute: the client's, else CRC64NVME.
  objects::ChecksumAlgorithm algorithm() const { return algorithm_; }
  bool has_checksum() const { return value_.has_value() || in_trailer_; }
  bool has_md5() const { return md5_.has_value(); }
  // kBadDigest unless what was computed (`checksum` by algorithm(), both raw) is what was declared.
  // `body` has ended.
  Status verify(const http::Body& body, std::string_view md5, std::string_view checksum) const;

 private:
  std::optional<std::string> md5_;    // raw
  std::optional<std::string> value_;  // raw
  bool in_trailer_ = false;
  objects::ChecksumAlgorithm algorithm_ = objects::ChecksumAlgorithm::kCrc64Nvme;
};

// Reads all of `body` into `ingest` and finishes it. kMissingContentLength, kEntityTooLarge (past
// `limit` bytes, told before reading when the client says so), and what body and ingest fail with.
boost::asio::awaitable<Status> receive(http::Body& body, objects::Ingest& ingest,
                                       std::uint64_t limit);

// Bytes of the checksum, or nothing when `text` is not what the algorithm makes.
std::optional<std::string> parse_checksum(objects::ChecksumAlgorithm algorithm,
                                          std::string_view text);
// Base64, with "-N" behind it for the checksum of N parts' checksums.
std::string format_checksum(const objects::Checksum& checksum, std::uint32_t parts = 0);
std::string_view name(objects::ChecksumType type);

// The checksum members of a shape that are set.
template <typename Shape>
std::vector<ChecksumText> checksum_texts(const Shape& shape) {
  using enum objects::ChecksumAlgorithm;
  std::vector<ChecksumText> out;
  if (shape.checksum_crc32) out.push_back({kCrc32, *shape.checksum_crc32});
  if (shape.checksum_crc32c) out.push_back({kCrc32c, *shape.checksum_crc32c});
  if (shape.checksum_crc64nvme) out.push_back({kCrc64Nvme, *shape.checksum_crc64nvme});
  if (shape.checksum_sha1) out.push_back({kSha1, *shape.checksum_sha1});
  if (shape.checksum_sha256) out.push_back({kSha256, *shape.checksum_sha256});
  return out;
}

// Sets the member that belongs to the checksum's algorithm, and its type where the shape has one.
template <typename Shape>
void show_checksum(Shape& shape, const objects::Checksum& checksum, std::uint32_t parts = 0) {
  using enum objects::ChecksumAlgorithm;
  std::string text = format_checksum(checksum, parts);
  switch (checksum.algorithm) {
    case kCrc32: shape.checksum_crc32 = std::move(text); break;
    case kCrc32c: shape.checksum_crc32c = std::move(text); break;
    case kCrc64Nvme: shape.checksum_crc64nvme = std::move(text); break;
    case kSha1: shape.checksum_sha1 = std::move(text); break;
    case kSha256: shape.checksum_sha256 = std::move(text); break;
  }
  if constexpr (requires { shape.checksum_type; }) {
    shape.checksum_type = std::string(name(checksum.type));
  }
}

}  // namespace headrace::services::s3
