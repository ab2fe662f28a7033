// The keys that services own in every account and region, under aliases like alias/aws/kinesis.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/mutex.h"
#include "base/random.h"
#include "io/disk.h"

namespace headrace::access {

// Who wants to use a key, and for what.
struct KeyUse {
  std::string key_id;  // an alias, a key id or the ARN of either
  std::string account;
  std::string region;
  std::string context;  // what was wrapped with one unwraps with no other
};

// Thread-safe; owned by the server. All keys are derived from one root secret, which is in a file
// of its own (docs/formats/sealing.md): whoever has only the database has no keys. The file is made
// when a key is first used; `root` holds the secret instead if it is not empty.
class ServiceKeys {
 public:
  static constexpr std::size_t kRootBytes = 32;

  ServiceKeys(io::Disk& disk, std::string data_dir, Random& random, std::string root)
      : disk_(disk), data_dir_(std::move(data_dir)), random_(random), root_(std::move(root)) {}

  // kKeyNotFound, in the key service's words: it is no service's key, or the secret's file, needed
  // for unwrap(), is gone. kKeyRefused: all that came to unwrap() was wrapped with another secret,
  // which may come back. kCorruption: the file does not hold a secret. May block.
  Result<std::string> wrap(const KeyUse& use, std::string_view plain) EXCLUDES(mutex_);
  // The same, and kKeyRefused: this key with this context did not wrap that.
  Result<std::string> unwrap(const KeyUse& use, std::string_view wrapped) EXCLUDES(mutex_);

 private:
  Result<std::string> derive(const KeyUse& use, bool may_make) EXCLUDES(mutex_);
  Result<std::string> root(bool may_make) EXCLUDES(mutex_);
  Status make_root() REQUIRES(mutex_);
  void note(bool opened) EXCLUDES(mutex_);
  std::string path() const;

  io::Disk& disk_;
  const std::string data_dir_;
  Random& random_;
  Mutex mutex_;
  std::string root_ GUARDED_BY(mutex_);
  bool lost_ GUARDED_BY(mutex_) = false;  // something was wrapped once, so none must be made
  enum class Secret : std::uint8_t { kUntried, kRight, kWrong };
  Secret secret_ GUARDED_BY(mutex_) = Secret::kUntried;  // what unwrap() found so far
};

}  // namespace headrace::access
