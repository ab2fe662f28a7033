#include "wire/sigv4.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "wire/date.h"
#include "wire/sha256.h"
#include "wire/sigv4_canonical.h"
#include "wire/uri.h"

namespace headrace::wire {
namespace {

constexpr std::string_view kEmptyHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

SigningKey derive(std::string_view secret, std::string_view date, std::string_view region,
                  std::string_view service) {
  const std::string start = std::string("AWS4").append(secret);
  const Digest of_date = hmac_sha256(start, date);
  const Digest of_region = hmac_sha256(bytes_of(of_date), region);
  const Digest of_service = hmac_sha256(bytes_of(of_region), service);
  return hmac_sha256(bytes_of(of_service), "aws4_request");
}

std::string scope_of(std::string_view date, std::string_view region, std::string_view service) {
  std::string out;
  out.reserve(64);
  out.append(date).append("/").append(region).append("/").append(service);
  return out.append("/aws4_request");
}

// In the time that equal texts take, wherever they differ.
bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool is_signed(std::string_view signed_headers, std::string_view name) {
  while (!signed_headers.empty()) {
    const std::string_view one = signed_headers.substr(0, signed_headers.find(';'));
    if (same_name(one, name)) return true;
    signed_headers.remove_prefix(std::min(one.size() + 1, signed_headers.size()));
  }
  return false;
}

// What was not signed could have been changed on the way: the host, and all that AWS acts upon.
Status check_signed_headers(const http::Request& request, const Authorization& authorization) {
  const std::string_view signed_headers = authorization.signed_headers;
  if (!is_signed(signed_headers, "host") && !is_signed(signed_headers, ":authority")) {
    return fail(ErrorCode::kIncompleteSignature,
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
                "AccessDenied");
  }
  const bool by_query = authorization.form == Authorization::Form::kQuery;
  for (const http::HeaderView& header : request.headers) {
    if (header.name.size() < 6 || !same_name(header.name.substr(0, 6), "x-amz-")) continue;
    if (is_signed(signed_headers, header.name)) continue;
    // The canonical request ends with this one's value.
    if (by_query && same_name(header.name, "x-amz-content-sha256")) continue;
    return fail(ErrorCode::kIncompleteSignature,
                "There were headers present in the request which were not signed", "AccessDenied");
  }
  return {};
}

Error expired(std::string_view amz_date, std::int64_t earliest, std::int64_t now) {
  return {ErrorCode::kRequestExpired,
          std::string("Signature expired: ").append(amz_date) + " is now earlier than " +
              format_amz_date({earliest}) + " (" + format_amz_date({now}) + " - 15 min.)",
          "RequestTimeTooSkewed"};
}

Error not_yet(std::string_view amz_date, std::int64_t latest, std::int64_t now) {
  return {ErrorCode::kRequestExpired,
          std::string("Signature not yet current: ").append(amz_date) + " is still later than " +
              format_amz_date({latest}) + " (" + format_amz_date({now}) + " + 15 min.)",
          "RequestTimeTooSkewed"};
}

Status check_time(const Authorization& authorization, WallTime now) {
  const auto at = parse_amz_date(authorization.amz_date);
  if (!at) {
    return fail(ErrorCode::kIncompleteSignature,
                "Date must be in ISO-8601 'basic format'. Got '" + authorization.amz_date + "'.",
                "AccessDenied");
  }
  const std::string day = authorization.amz_date.substr(0, 8);
  if (day != authorization.date) {
    return fail(ErrorCode::kInvalidSignature,
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
                "from HTTP: '" +
                    authorization.date + "' != '" + day + "', from '" + authorization.amz_date +
                    "'.");
  }
  const std::int64_t earliest = now.ms - kSignatureSkewMaxMs;
  const std::int64_t latest = now.ms + kSignatureSkewMaxMs;
  if (authorization.form == Authorization::Form::kHeader) {
    if (at->ms < earliest) {
      return std::unexpected(expired(authorization.amz_date, earliest, now.ms));
    }
    if (at->ms > latest) return std::unexpected(not_yet(authorization.amz_date, latest, now.ms));
    return {};
  }
  if (at->ms > latest) {
    return fail(ErrorCode::kRequestExpired, "Request is not yet valid", "AccessDenied");
  }
  if (now.ms > at->ms + authorization.expires_s * 1000) {
    return fail(ErrorCode::kRequestExpired, "Request has expired", "AccessDenied");
  }
  return {};
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// "host;x-amz-date" of the headers' names.
std::string signed_names(const std::vector<http::HeaderView>& headers) {
  std::vector<std::string> names;
  names.reserve(headers.size());
  for (const http::HeaderView& header : headers) names.push_back(lowered(header.name));
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty()) out.push_back(';');
    out.append(name);
  }
  return out;
}

std::vector<http::HeaderView> views(const Headers& headers) {
  std::vector<http::HeaderView> out;
  out.reserve(headers.size() + 4);
  for (const auto& [name, value] : headers) out.push_back({name, value});
  return out;
}

std::pair<std::string_view, std::string_view> path_and_query(std::string_view target) {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {target, {}};
  return {target.substr(0, mark), target.substr(mark + 1)};
}

std::string signature_of(const SigningKey& key, std::string_view text) {
  return hex_of(hmac_sha256(bytes_of(key), text));
}

std::string piece_signature(std::string_view algorithm, const VerifiedSignature& seed,
                            std::string_view previous, std::string_view rest) {
  std::string text;
  text.reserve(320);
  text.append(algorithm).append("\n").append(seed.amz_date).append("\n").append(seed.scope);
  text.append("\n").append(previous).append("\n").append(rest);
  return signature_of(seed.key, text);
}

}  // namespace

std::string payload_hash(std::string_view body) {
  return body.empty() ? std::string(kEmptyHash) : hex_of(sha256(body));
}

std::optional<SigningKey> Verifier::find_key(const std::string& cache_key) {
  MutexLock lock(mutex_);
  const auto found = keys_.find(cache_key);
  return found == keys_.end() ? std::nullopt : std::optional(found->second);
}

void Verifier::keep_key(std::string cache_key, const SigningKey& key) {
  MutexLock lock(mutex_);
  // Scopes change once a day; what is still used comes back with the next request.
  if (keys_.size() >= kSigningKeysMax) keys_.clear();
  keys_.emplace(std::move(cache_key), key);
}

Result<VerifiedSignature> Verifier::verify(const http::Request& request,
                                           const Authorization& authorization,
                                           std::string_view hash, WallTime now,
                                           const SecretLookup& secret_of) {
  const auto secret = secret_of(authorization.access_key);
  if (!secret) {
    return fail(ErrorCode::kUnknownAccessKey,
                "The security token included in the request is invalid.");
  }
  RETURN_IF_ERROR(check_time(authorization, now));
  RETURN_IF_ERROR(check_signed_headers(request, authorization));

  std::string scope = scope_of(authorization.date, authorization.region, authorization.service);
  std::string cache_key;
  cache_key.reserve(secret->size() + 1 + scope.size());
  cache_key.append(*secret).append("/").append(scope);
  const std::optional<SigningKey> kept = find_key(cache_key);
  const SigningKey key =
      kept ? *kept
           : derive(*secret, authorization.date, authorization.region, authorization.service);

  const std::string canonical = canonical_request({.method = request.method,
                                                   .path = request.path,
                                                   .query = request.query,
                                                   .headers = request.headers,
                                                   .signed_headers = authorization.signed_headers,
                                                   .hash = hash,
                                                   .is_s3 = authorization.service == "s3"});
  std::string signature =
      signature_of(key, string_to_sign(authorization.amz_date, scope, canonical));
  if (!same_secret(signature, authorization.signature)) {
    return fail(ErrorCode::kInvalidSignature,
                "The request signature we calculated does not match the signature you provided. "
                "Check your AWS Secret Access Key and signing method. Consult the service "
                "documentation for details.");
  }
  if (!kept) keep_key(std::move(cache_key), key);
  return VerifiedSignature{.key = key,
                           .amz_date = authorization.amz_date,
                           .scope = std::move(scope),
                           .signature = std::move(signature)};
}

Error missing_authentication() {
  return {ErrorCode::kMissingAuthentication, "Missing Authentication Token"};
}

Headers sign(const Credentials& credentials, std::string_view region, std::string_view service,
             const SignableRequest& request, WallTime now) {
  const bool is_s3 = service == "s3";
  const std::string amz_date = format_amz_date(now);
  Headers added{{"X-Amz-Date", amz_date}};
  if (is_s3) added.emplace_back("X-Amz-Content-Sha256", request.payload_hash);
  if (!credentials.session_token.empty()) {
    added.emplace_back("X-Amz-Security-Token", credentials.session_token);
  }
  std::vector<http::HeaderView> headers = views(request.headers);
  for (const auto& [name, value] : added) headers.push_back({name, value});
  const std::string names = signed_names(headers);

  const auto [path, query] = path_and_query(request.target);
  const std::string date = amz_date.substr(0, 8);
  const std::string scope = scope_of(date, region, service);
  const std::string canonical = canonical_request({.method = request.method,
                                                   .path = path,
                                                   .query = query,
                                                   .headers = headers,
                                                   .signed_headers = names,
                                                   .hash = request.payload_hash,
                                                   .is_s3 = is_s3});
  const SigningKey key = derive(credentials.secret_key, date, region, service);
  std::string authorization = "AWS4-HMAC-SHA256 Credential=";
  authorization.append(credentials.access_key).append("/").append(scope);
  authorization.append(", SignedHeaders=").append(names).append(", Signature=");
  authorization.append(signature_of(key, string_to_sign(amz_date, scope, canonical)));
  added.emplace_back("Authorization", std::move(authorization));
  return added;
}

std::string presign(const Credentials& credentials, std::string_view region,
                    std::string_view service, const SignableRequest& request, WallTime now,
                    std::int64_t expires_s) {
  const std::string amz_date = format_amz_date(now);
  const std::string date = amz_date.substr(0, 8);
  const std::string scope = scope_of(date, region, service);
  const std::vector<http::HeaderView> headers = views(request.headers);
  const std::string names = signed_names(headers);

  std::string target = request.target;
  target.append(target.find('?') == std::string::npos ? "?" : "&");
  target.append("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=");
  target.append(percent_encode(credentials.access_key + "/" + scope));
  target.append("&X-Amz-Date=").append(amz_date);
  target.append("&X-Amz-Expires=").append(std::to_string(expires_s));
  if (!credentials.session_token.empty()) {
    target.append("&X-Amz-Security-Token=").append(percent_encode(credentials.session_token));
  }
  target.append("&X-Amz-SignedHeaders=").append(percent_encode(names));

  const auto [path, query] = path_and_query(target);
  const bool is_s3 = service == "s3";
  std::string_view hash = request.payload_hash;
  if (hash.empty()) hash = is_s3 ? kUnsignedPayload : kEmptyHash;
  const std::string canonical = canonical_request({.method = request.method,
                                                   .path = path,
                                                   .query = query,
                                                   .headers = headers,
                                                   .signed_headers = names,
                                                   .hash = hash,
                                                   .is_s3 = is_s3});
  const SigningKey key = derive(credentials.secret_key, date, region, service);
  const std::string signature = signature_of(key, string_to_sign(amz_date, scope, canonical));
  return target.append("&X-Amz-Signature=").append(signature);
}

std::string chunk_signature(const VerifiedSignature& seed, std::string_view previous,
                            std::string_view chunk_hash) {
  const std::string rest = std::string(kEmptyHash).append("\n").append(chunk_hash);
  return piece_signature("AWS4-HMAC-SHA256-PAYLOAD", seed, previous, rest);
}

std::string trailer_signature(const VerifiedSignature& seed, std::string_view previous,
                              std::string_view trailer_hash) {
  return piece_signature("AWS4-HMAC-SHA256-TRAILER", seed, previous, trailer_hash);
}

}  // namespace headrace::wire
