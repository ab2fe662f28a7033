#include "access/service_keys.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "base/aes_gcm.h"
#include "base/check.h"
#include "base/hex.h"

namespace headrace::access {
namespace {

constexpr std::string_view kKinesisAlias = "alias/aws/kinesis";
constexpr char kVersion = 1;  // of wrapped bytes, the first one

std::string arn_of(const KeyUse& use, std::string_view resource) {
  return "arn:aws:kms:" + use.region + ":" + use.account + ":" + std::string(resource);
}

bool is_uuid(std::string_view text) {
  return text.size() == 36 && std::ranges::count(text, '-') == 4;
}

std::unexpected<Error> no_such_key(const KeyUse& use) {
  const std::string& id = use.key_id;
  if (id.starts_with("alias/")) {
    return fail(ErrorCode::kKeyNotFound, "Alias " + arn_of(use, id) + " is not found.");
  }
  if (id.starts_with("arn:")) {
    const bool alias = id.find(":alias/") != std::string::npos;
    return fail(ErrorCode::kKeyNotFound,
                alias ? "Alias " + id + " is not found." : "Key '" + id + "' does not exist");
  }
  if (is_uuid(id)) {
    return fail(ErrorCode::kKeyNotFound, "Key '" + arn_of(use, "key/" + id) + "' does not exist");
  }
  return fail(ErrorCode::kKeyNotFound, "Invalid keyId '" + id + "'");
}

std::unexpected<Error> refused(const KeyUse& use) {
  return fail(ErrorCode::kKeyRefused,
              "The ciphertext refers to a key that does not exist in this region, or you are not "
              "allowed to access: " +
                  use.key_id + " is not the key it once was.");
}

}  // namespace

std::string ServiceKeys::path() const { return data_dir_ + "/kms/aws-kinesis.key"; }

Status ServiceKeys::make_root() {
  std::string made = random_.bytes(kRootBytes);
  RETURN_IF_ERROR(disk_.make_directory(data_dir_ + "/kms"));
  RETURN_IF_ERROR(disk_.sync_directory(data_dir_));
  RETURN_IF_ERROR(io::write_file(disk_, path(), to_hex(made) + "\n"));
  root_ = std::move(made);
  return {};
}

Result<std::string> ServiceKeys::root(bool may_make) {
  MutexLock lock(mutex_);
  if (!root_.empty()) return root_;
  if (!disk_.exists(path())) {
    lost_ = lost_ || !may_make;
    if (lost_) {
      return fail(ErrorCode::kKeyNotFound,
                  "The key " + std::string(kKinesisAlias) + " is gone: there is no " + path());
    }
    RETURN_IF_ERROR(make_root());
    return root_;
  }
  ASSIGN_OR_RETURN(std::string text, io::read_file(disk_, path()));
  if (text.ends_with('\n')) text.pop_back();
  auto secret = from_hex(text);
  if (!secret || secret->size() != kRootBytes) {
    return fail(ErrorCode::kCorruption, path() + " does not hold a key");
  }
  root_ = std::move(*secret);
  return root_;
}

// Each account and region has keys of its own (HMAC as a key derivation, NIST SP 800-108).
Result<std::string> ServiceKeys::derive(const KeyUse& use, bool may_make) {
  if (use.key_id != kKinesisAlias && use.key_id != arn_of(use, kKinesisAlias)) {
    return no_such_key(use);
  }
  ASSIGN_OR_RETURN(const std::string secret, root(may_make));
  const std::string label = arn_of(use, kKinesisAlias);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  CHECK(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char*>(label.data()), label.size(), digest.data(),
             &size) != nullptr);
  CHECK(size == AesGcm::kKeyBytes);
  return std::string(reinterpret_cast<const char*>(digest.data()), size);
}

// What was damaged makes no secret wrong once anything has opened. Before that nothing tells a
// damaged thing from a secret that was exchanged, and sealing under such a one would lose what is
// sealed.
void ServiceKeys::note(bool opened) {
  MutexLock lock(mutex_);
  if (opened) {
    secret_ = Secret::kRight;
  } else if (secret_ == Secret::kUntried) {
    secret_ = Secret::kWrong;
  }
}

Result<std::string> ServiceKeys::wrap(const KeyUse& use, std::string_view plain) {
  ASSIGN_OR_RETURN(const std::string derived, derive(use, true));
  {
    MutexLock lock(mutex_);
    if (secret_ == Secret::kWrong) return refused(use);
  }
  AesGcm key(derived);
  return kVersion + key.seal(random_.bytes(AesGcm::kNonceBytes), use.context, plain);
}

Result<std::string> ServiceKeys::unwrap(const KeyUse& use, std::string_view wrapped) {
  ASSIGN_OR_RETURN(const std::string derived, derive(use, false));
  AesGcm key(derived);
  const bool known = wrapped.size() > AesGcm::kOverhead && wrapped.front() == kVersion;
  std::string plain(known ? wrapped.size() - 1 - AesGcm::kOverhead : 0, '\0');
  const bool opened = known && key.open(wrapped.substr(1), use.context, plain.data());
  note(opened);
  if (!opened) return refused(use);
  return plain;
}

}  // namespace headrace::access
