// AWS Signature Version 4: reading it from a request, verifying it, and signing.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/mutex.h"
#include "http/message.h"

namespace headrace::wire {

inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
inline constexpr std::string_view kStreamingSigned = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
inline constexpr std::string_view kStreamingSignedTrailer =
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
inline constexpr std::string_view kStreamingUnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

inline constexpr std::int64_t kSignatureSkewMaxMs = 15 * 60 * 1000;
inline constexpr std::int64_t kPresignedSecondsMax = 604'800;

// SHA-256 in lower-case hexadecimal, as x-amz-content-sha256 carries it.
std::string payload_hash(std::string_view body);

// What a request says about who signed it, before anything is believed.
struct Authorization {
  enum class Form { kHeader, kQuery };
  Form form = Form::kHeader;
  std::string access_key;
  std::string date;  // of the credential scope, "20150830"
  std::string region;
  std::string service;
  std::string signed_headers;  // "host;x-amz-date", lower case, as sent
  std::string signature;       // 64 lower-case hexadecimal digits
  std::string amz_date;        // "20150830T123600Z"
  std::int64_t expires_s = 0;  // query form: X-Amz-Expires
  std::string session_token;   // empty: none
};

// Reads the Authorization header or the X-Amz-* query parameters; nothing for an anonymous request
// (neither is there; a SigV2 query counts as that). Enough for open mode. kIncompleteSignature: it
// is there and lacks something or does not parse; the messages are AWS's, and `detail` is the code
// that S3 has for it ("AuthorizationHeaderMalformed", "AuthorizationQueryParametersError",
// "InvalidRequest", "InvalidArgument").
Result<std::optional<Authorization>> parse_authorization(const http::Request& request);

using SigningKey = std::array<unsigned char, 32>;

// The answer to who an access key belongs to; nothing: unknown.
using SecretLookup = std::function<std::optional<std::string>(std::string_view access_key)>;

// Proven by Verifier::verify; what chunk signatures continue from.
struct VerifiedSignature {
  SigningKey key{};
  std::string amz_date;
  std::string scope;  // "20150830/us-east-1/s3/aws4_request"
  std::string signature;
};

// Thread-safe; owned by the server. Caches signing keys, at most kSigningKeysMax.
class Verifier {
 public:
  static constexpr std::size_t kSigningKeysMax = 1024;

  // `hash` is what the canonical request ends with: payload_hash(body), or for S3 the value of
  // x-amz-content-sha256 (UNSIGNED-PAYLOAD when a presigned URL has none). That the body has this
  // hash is the caller's to check.
  //
  // Errors, with AWS's messages: kUnknownAccessKey, kRequestExpired (skew over 15 minutes, or a
  // presigned URL past its time; `detail` is "RequestTimeTooSkewed" or "AccessDenied", what S3
  // calls them), kIncompleteSignature (a header that had to be signed was not),
  // kInvalidSignature.
  Result<VerifiedSignature> verify(const http::Request& request, const Authorization& authorization,
                                   std::string_view hash, WallTime now,
                                   const SecretLookup& secret_of);

 private:
  std::optional<SigningKey> find_key(const std::string& cache_key) EXCLUDES(mutex_);
  void keep_key(std::string cache_key, const SigningKey& key) EXCLUDES(mutex_);

  Mutex mutex_;
  // By secret and scope, so that a key never outlives a change of the secret. Only keys that proved
  // a request are kept: a stranger cannot push others out.
  std::map<std::string, SigningKey, std::less<>> keys_ GUARDED_BY(mutex_);
};

// kMissingAuthentication as the JSON services word it.
Error missing_authentication();

struct Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token = {};  // empty: none
};

using Headers = std::vector<std::pair<std::string, std::string>>;

// What is signed. `target` is the path and query as they will be sent, percent-encoded once.
// `headers` must include Host; all of them are signed.
struct SignableRequest {
  std::string method;
  std::string target;
  Headers headers;
  std::string payload_hash;  // payload_hash(body) or one of the constants above
};

// The headers to add: X-Amz-Date, X-Amz-Content-Sha256 (S3 only), X-Amz-Security-Token (when
// there is one) and Authorization.
Headers sign(const Credentials& credentials, std::string_view region, std::string_view service,
             const SignableRequest& request, WallTime now);

// The whole target with X-Amz-* query parameters, for a URL good for `expires_s` seconds. Of the
// headers only Host should be given: the user of the URL must send the others the same.
std::string presign(const Credentials& credentials, std::string_view region,
                    std::string_view service, const SignableRequest& request, WallTime now,
                    std::int64_t expires_s);

// Signatures of aws-chunked bodies, each continuing from the one before (hexadecimal).
std::string chunk_signature(const VerifiedSignature& seed, std::string_view previous,
                            std::string_view chunk_hash);
std::string trailer_signature(const VerifiedSignature& seed, std::string_view previous,
                              std::string_view trailer_hash);

}  // namespace headrace::wire
