// What an Ingest is made of.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "objects/checksum.h"
#include "objects/object_store.h"
#include "storage/blob.h"

namespace headrace::objects {

// Beyond this, bytes are worked on by the blocking pool: hashing and writing them takes longer than
// going there and back.
inline constexpr std::size_t kPieceBytes = 512UL * 1024;

class Md5 {
 public:
  Md5();
  ~Md5();
  Md5(const Md5&) = delete;
  Md5& operator=(const Md5&) = delete;

  void update(std::string_view bytes);
  std::string finish();  // 16 bytes; once

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

struct Ingest::State {
  State(storage::BlobStore& b, io::BlockingPool& p) : blobs(b), pool(p) {}

  // Whether `bytes` only go to memory.
  bool fits(std::string_view bytes) const;
  // Writes what has gathered, and then `bytes` too when they are a piece by themselves. Blocks. On
  // an error nothing of `bytes` was taken.
  Status append(std::string_view bytes);
  Status flush();
  Status write(std::string_view bytes);
  void take(std::string_view bytes);
  void digest(std::string_view bytes);
  Status finish();
  void finish_digests();

  storage::BlobStore& blobs;
  io::BlockingPool& pool;
  std::string pending;  // taken, neither hashed nor written when there is a writer
  std::unique_ptr<storage::BlobWriter> writer;  // from kInlineBlobBytesMax on
  Md5 md5;
  std::map<ChecksumAlgorithm, ChecksumDigest> digests;
  std::uint64_t size = 0;
  bool finished = false;
  bool committed = false;
  std::string md5_value;
  std::map<ChecksumAlgorithm, std::string> checksums;
  std::optional<storage::Extent> extent;  // none: no bytes, or still to be reserved
};

}  // namespace headrace::objects
