// The checksums that S3 verifies and keeps.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace headrace::objects {

enum class ChecksumAlgorithm { kCrc32, kCrc32c, kCrc64Nvme, kSha1, kSha256 };
// Whether a multipart object's checksum is of all its bytes or of its parts' checksums.
enum class ChecksumType { kFullObject, kComposite };

struct Checksum {
  ChecksumAlgorithm algorithm = ChecksumAlgorithm::kCrc64Nvme;
  std::string value;  // raw bytes, big-endian for the CRCs
  ChecksumType type = ChecksumType::kFullObject;
  bool operator==(const Checksum&) const = default;
};

// "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256".
std::string_view name(ChecksumAlgorithm algorithm);
std::optional<ChecksumAlgorithm> parse_checksum_algorithm(std::string_view name);

// The checksum of one message followed by another, from those of both and the second one's size.
// CRCs only.
std::string combine(ChecksumAlgorithm algorithm, std::string_view first, std::string_view second,
                    std::uint64_t second_size);
// The checksum of `bytes` at once, raw.
std::string checksum_of(ChecksumAlgorithm algorithm, std::string_view bytes);

// Takes bytes in pieces. Not thread-safe.
class ChecksumDigest {
 public:
  explicit ChecksumDigest(ChecksumAlgorithm algorithm);
  ~ChecksumDigest();
  ChecksumDigest(ChecksumDigest&&) noexcept;
  ChecksumDigest& operator=(ChecksumDigest&&) noexcept;

  ChecksumAlgorithm algorithm() const { return algorithm_; }
  void update(std::string_view bytes);
  std::string finish();  // raw bytes; once

 private:
  struct Sha;
  ChecksumAlgorithm algorithm_;
  std::uint64_t crc_ = 0;
  std::unique_ptr<Sha> sha_;
};

}  // namespace headrace::objects
