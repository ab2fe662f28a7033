#include "objects/ingest.h"

#include <openssl/evp.h>

#include <utility>

#include "base/check.h"

namespace headrace::objects {

namespace asio = boost::asio;

struct Md5::Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();
};

Md5::Md5() : context_(std::make_unique<Context>()) {
  // Looked up once: OpenSSL 3 otherwise searches its providers each time.
  static const EVP_MD* const kMd5 = EVP_MD_fetch(nullptr, "MD5", nullptr);
  CHECK(kMd5 != nullptr && EVP_DigestInit_ex(context_->evp, kMd5, nullptr) == 1);
}

Md5::~Md5() { EVP_MD_CTX_free(context_->evp); }

void Md5::update(std::string_view bytes) {
  CHECK(EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()) == 1);
}

std::string Md5::finish() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  CHECK(EVP_DigestFinal_ex(context_->evp, digest, &size) == 1);
  return {reinterpret_cast<const char*>(digest), size};
}

bool Ingest::State::fits(std::string_view bytes) const {
  const std::size_t room = writer ? kPieceBytes : storage::kInlineBlobBytesMax;
  return pending.size() + bytes.size() <= room;
}

void Ingest::State::take(std::string_view bytes) {
  pending.append(bytes);
  size += bytes.size();
}

void Ingest::State::digest(std::string_view bytes) {
  md5.update(bytes);
  for (auto& [algorithm, digest] : digests) digest.update(bytes);
}

Status Ingest::State::write(std::string_view bytes) {
  RETURN_IF_ERROR(writer->append(bytes));
  digest(bytes);
  return {};
}

Status Ingest::State::flush() {
  if (!writer) {
    ASSIGN_OR_RETURN(writer, blobs.create());
  }
  if (pending.empty()) return {};
  RETURN_IF_ERROR(write(pending));
  pending.clear();
  return {};
}

Status Ingest::State::append(std::string_view bytes) {
  CHECK(!finished);
  if (!fits(bytes)) {
    RETURN_IF_ERROR(flush());
    if (bytes.size() >= kPieceBytes) {
      RETURN_IF_ERROR(write(bytes));
      size += bytes.size();
      return {};
    }
  }
  take(bytes);
  return {};
}

void Ingest::State::finish_digests() {
  if (!writer) digest(pending);
  md5_value = md5.finish();
  for (auto& [algorithm, digest] : digests) checksums[algorithm] = digest.finish();
  finished = true;
}

Status Ingest::State::finish() {
  if (finished) return {};
  if (writer) {
    RETURN_IF_ERROR(flush());
    ASSIGN_OR_RETURN(extent, writer->finish());
  }
  finish_digests();
  return {};
}

Ingest::Ingest(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ingest::Ingest(Ingest&&) noexcept = default;
Ingest& Ingest::operator=(Ingest&&) noexcept = default;
Ingest::~Ingest() = default;

void Ingest::compute(ChecksumAlgorithm algorithm) {
  CHECK(state_->size == 0);
  state_->digests.try_emplace(algorithm, algorithm);
}

asio::awaitable<Status> Ingest::append(std::string_view bytes) {
  State* const state = state_.get();
  if (state->fits(bytes)) co_return state->append(bytes);
  co_return co_await state->pool.run([state, bytes] { return state->append(bytes); });
}

Status Ingest::append_blocking(std::string_view bytes) { return state_->append(bytes); }

asio::awaitable<Status> Ingest::finish() {
  State* const state = state_.get();
  if (!state->writer) co_return state->finish();
  co_return co_await state->pool.run([state] { return state->finish(); });
}

Status Ingest::finish_blocking() { return state_->finish(); }

std::uint64_t Ingest::size() const { return state_->size; }

std::string Ingest::md5() const {
  CHECK(state_->finished);
  return state_->md5_value;
}

std::string Ingest::checksum(ChecksumAlgorithm algorithm) const {
  CHECK(state_->finished);
  return state_->checksums.at(algorithm);
}

}  // namespace headrace::objects
