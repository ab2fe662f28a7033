#include "services/s3/integrity.h"

#include <openssl/evp.h>

#include <array>

#include "base/base64.h"
#include "services/s3/s3.h"

namespace headrace::services::s3 {
namespace {

using objects::ChecksumAlgorithm;

constexpr std::size_t kMd5Bytes = 16;
constexpr std::string_view kHeaderPrefix = "x-amz-checksum-";
constexpr std::array kAlgorithms = {ChecksumAlgorithm::kCrc32, ChecksumAlgorithm::kCrc32c,
                                    ChecksumAlgorithm::kCrc64Nvme, ChecksumAlgorithm::kSha1,
                                    ChecksumAlgorithm::kSha256};

std::size_t size_of(ChecksumAlgorithm algorithm) {
  switch (algorithm) {
    case ChecksumAlgorithm::kCrc32:
    case ChecksumAlgorithm::kCrc32c: return 4;
    case ChecksumAlgorithm::kCrc64Nvme: return 8;
    case ChecksumAlgorithm::kSha1: return 20;
    case ChecksumAlgorithm::kSha256: return 32;
  }
  return 0;
}

std::string header_of(ChecksumAlgorithm algorithm) {
  std::string out(kHeaderPrefix);
  for (const char c : objects::name(algorithm)) {
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

std::unexpected<Error> invalid_request(std::string message) {
  return fail(ErrorCode::kInvalidArgument, std::move(message), "InvalidRequest");
}

std::unexpected<Error> invalid_value(ChecksumAlgorithm algorithm) {
  return invalid_request("Value for " + header_of(algorithm) + " header is invalid.");
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// The algorithm whose trailer is announced, if it is a checksum.
Result<std::optional<ChecksumAlgorithm>> announced(const std::optional<std::string>& trailer) {
  const std::string field = lower(trailer.value_or(""));
  for (const ChecksumAlgorithm algorithm : kAlgorithms) {
    if (field == header_of(algorithm)) return algorithm;
  }
  if (field.starts_with(kHeaderPrefix)) {
    return fail(ErrorCode::kNotImplemented, "Headrace does not support " + field + " yet", field);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> parse_checksum(ChecksumAlgorithm algorithm, std::string_view text) {
  auto bytes = base64_decode(text);
  if (!bytes || bytes->size() != size_of(algorithm)) return std::nullopt;
  return bytes;
}

std::string format_checksum(const objects::Checksum& checksum, std::uint32_t parts) {
  std::string out = base64_encode(checksum.value);
  if (checksum.type == objects::ChecksumType::kComposite && parts > 0) {
    out += "-" + std::to_string(parts);
  }
  return out;
}

std::string_view name(objects::ChecksumType type) {
  return type == objects::ChecksumType::kComposite ? "COMPOSITE" : "FULL_OBJECT";
}

Result<Integrity> Integrity::parse(const DeclaredIntegrity& declared) {
  Integrity out;
  if (declared.content_md5) {
    out.md5_ = base64_decode(*declared.content_md5);
    if (!out.md5_ || out.md5_->size() != kMd5Bytes) {
      return fail(ErrorCode::kInvalidDigest, "The Content-MD5 you specified was invalid.");
    }
  }
  ASSIGN_OR_RETURN(const auto trailer, announced(declared.trailer));
  if (declared.checksums.size() + (trailer ? 1 : 0) > 1) {
    return invalid_request(
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
  }
  if (!declared.checksums.empty()) {
    const ChecksumText& given = declared.checksums.front();
    out.algorithm_ = given.algorithm;
    out.value_ = parse_checksum(given.algorithm, given.text);
    if (!out.value_) return invalid_value(given.algorithm);
  } else if (trailer) {
    out.algorithm_ = *trailer;
    out.in_trailer_ = true;
  }
  if (!declared.algorithm) return out;
  const auto named = objects::parse_checksum_algorithm(*declared.algorithm);
  if (!named) {
    return fail(ErrorCode::kNotImplemented,
                "Headrace does not support checksums of the algorithm " + *declared.algorithm,
                "checksumAlgorithm");
  }
  if (!out.has_checksum()) {
    return invalid_request(
        "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or "
        "x-amz-trailer headers were found.");
  }
  if (*named != out.algorithm_) {
    return invalid_request("Value for x-amz-sdk-checksum-algorithm header is invalid.");
  }
  return out;
}

Status Integrity::verify(const http::Body& body, std::string_view md5,
                         std::string_view checksum) const {
  if (md5_ && *md5_ != md5) {
    return fail(ErrorCode::kBadDigest,
                "The Content-MD5 you specified did not match what we received.");
  }
  std::optional<std::string> expected = value_;
  if (in_trailer_) {
    const std::string_view text = body.trailer(header_of(algorithm_));
    if (text.empty()) {
      return fail(ErrorCode::kMalformedDocument,
                  "The request contained trailing data that was not well-formed or did not conform "
                  "to our published schema.",
                  "MalformedTrailerError");
    }
    expected = parse_checksum(algorithm_, text);
    if (!expected) return invalid_value(algorithm_);
  }
  if (expected && *expected != checksum) {
    return fail(ErrorCode::kBadDigest, "The " + std::string(objects::name(algorithm_)) +
                                           " you specified did not match the calculated checksum.");
  }
  return {};
}

boost::asio::awaitable<Status> receive(http::Body& body, objects::Ingest& ingest,
                                       std::uint64_t limit) {
  if (body.declared_size() < 0) {
    co_return fail(ErrorCode::kMissingContentLength,
                   "You must provide the Content-Length HTTP header.");
  }
  const auto too_large = [] {
    return fail(ErrorCode::kEntityTooLarge,
                "Your proposed upload exceeds the maximum allowed size");
  };
  if (static_cast<std::uint64_t>(body.declared_size()) > limit) co_return too_large();
  std::uint64_t size = 0;
  while (true) {
    CO_ASSIGN_OR_RETURN(const std::string_view piece, co_await body.next());
    if (piece.empty()) break;
    size += piece.size();
    if (size > limit) co_return too_large();
    CO_RETURN_IF_ERROR(co_await ingest.append(piece));
  }
  co_return co_await ingest.finish();
}

Status check_document(const Operation& operation, const http::Request& request,
                      const http::Body& body, std::string_view document) {
  DeclaredIntegrity declared;
  const auto header = [&request](std::string_view name) -> std::optional<std::string> {
    if (!request.has_header(name)) return std::nullopt;
    return std::string(request.header(name));
  };
  declared.content_md5 = header("content-md5");
  // There x-amz-checksum-* is the object's.
  if (operation.name != "CompleteMultipartUpload") {
    for (const ChecksumAlgorithm algorithm : kAlgorithms) {
      if (auto text = header(header_of(algorithm)))
        declared.checksums.push_back({algorithm, *text});
    }
    declared.algorithm = header("x-amz-sdk-checksum-algorithm");
    declared.trailer = header("x-amz-trailer");
  }
  ASSIGN_OR_RETURN(const Integrity integrity, Integrity::parse(declared));
  if (!integrity.has_checksum() && !integrity.has_md5()) {
    if (operation.name != "DeleteObjects") return {};
    return invalid_request("Missing required header for this request: Content-MD5");
  }
  objects::ChecksumDigest digest(integrity.algorithm());
  digest.update(document);
  std::array<unsigned char, EVP_MAX_MD_SIZE> md5{};
  unsigned int md5_size = 0;
  EVP_Digest(document.data(), document.size(), md5.data(), &md5_size, EVP_md5(), nullptr);
  const std::string_view md5_view(reinterpret_cast<const char*>(md5.data()), md5_size);
  return integrity.verify(body, md5_view, digest.finish());
}

}  // namespace headrace::services::s3
