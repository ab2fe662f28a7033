// Reading what a request says about its signer.

#include <algorithm>
#include <array>
#include <charconv>

#include "base/base64.h"
#include "wire/date.h"
#include "wire/http_date.h"
#include "wire/sha256.h"
#include "wire/sigv4.h"
#include "wire/sigv4_canonical.h"
#include "wire/uri.h"

namespace headrace::wire {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kMalformedHeader = "AuthorizationHeaderMalformed";
constexpr std::string_view kBadQuery = "AuthorizationQueryParametersError";

std::unexpected<Error> incomplete(std::string message, std::string_view s3_code) {
  return fail(ErrorCode::kIncompleteSignature, std::move(message), std::string(s3_code));
}

std::string_view header_of(const http::Request& request, std::string_view name) {
  for (const http::HeaderView& header : request.headers) {
    if (same_name(header.name, name)) return header.value;
  }
  return {};
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// "AKID/20150830/us-east-1/service/aws4_request" into `out`.
Status read_credential(std::string_view credential, std::string_view s3_code, Authorization& out) {
  // Access keys may hold slashes, so the four parts of the scope are taken from the end.
  std::array<std::string_view, 4> scope;
  std::string_view rest = credential;
  for (auto part = scope.rbegin(); part != scope.rend(); ++part) {
    const std::size_t slash = rest.rfind('/');
    if (slash == std::string_view::npos) {
      return incomplete(
          "Credential must have exactly 5 slash-delimited elements, e.g. "
          "keyid/date/region/service/term, got '" +
              std::string(credential) + "'",
          s3_code);
    }
    *part = rest.substr(slash + 1);
    rest = rest.substr(0, slash);
  }
  if (scope[3] != "aws4_request") {
    return incomplete("Credential should be scoped with a valid terminator: 'aws4_request', not '" +
                          std::string(scope[3]) + "'.",
                      s3_code);
  }
  if (rest.empty() || scope[1].empty() || scope[2].empty()) {
    return incomplete(
        "Credential must have exactly 5 slash-delimited elements, e.g. "
        "keyid/date/region/service/term, got '" +
            std::string(credential) + "'",
        s3_code);
  }
  out.access_key = rest;
  out.date = scope[0];
  out.region = scope[1];
  out.service = scope[2];
  return {};
}

// What AWS shows of a header that it could not use, since it may hold a secret.
std::string shown_hash(std::string_view header) { return base64_encode(bytes_of(sha256(header))); }

Result<Authorization> from_header(const http::Request& request, std::string_view header) {
  std::string_view rest = header.substr(kAlgorithm.size());
  std::string_view credential;
  Authorization out;
  while (!(rest = trimmed(rest)).empty()) {
    const std::string_view part = trimmed(rest.substr(0, rest.find_first_of(", ")));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      return incomplete(
          "Invalid key=value pair (missing equal-sign) in Authorization header "
          "(hashed with SHA-256 and encoded with Base64): '" +
              shown_hash(header) + "'.",
          kMalformedHeader);
    }
    const std::string_view value = part.substr(equals + 1);
    const std::string_view name = part.substr(0, equals);
    if (name == "Credential") credential = value;
    if (name == "SignedHeaders") out.signed_headers = value;
    if (name == "Signature") out.signature = value;
  }
  out.amz_date = header_of(request, "x-amz-date");
  if (out.amz_date.empty()) {
    const std::string_view date = header_of(request, "date");
    const auto parsed = parse_http_date(date);
    out.amz_date = parsed ? format_amz_date(*parsed) : std::string(date);
  }
  std::string missing;
  if (credential.empty()) missing += "Authorization header requires 'Credential' parameter. ";
  if (out.signature.empty()) missing += "Authorization header requires 'Signature' parameter. ";
  if (out.signed_headers.empty()) {
    missing += "Authorization header requires 'SignedHeaders' parameter. ";
  }
  if (out.amz_date.empty()) {
    missing +=
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  }
  if (!missing.empty()) {
    return incomplete(missing + "(Hashed with SHA-256 and encoded with Base64) Authorization=" +
                          shown_hash(header),
                      kMalformedHeader);
  }
  RETURN_IF_ERROR(read_credential(credential, kMalformedHeader, out));
  out.session_token = header_of(request, "x-amz-security-token");
  return out;
}

Status read_expires(std::string_view text, Authorization& out) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out.expires_s);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return incomplete("X-Amz-Expires should be a number", kBadQuery);
  }
  if (out.expires_s < 0) return incomplete("X-Amz-Expires must be non-negative", kBadQuery);
  if (out.expires_s > kPresignedSecondsMax) {
    return incomplete(
        "X-Amz-Expires must be less than a week (in seconds); that is, the given "
        "X-Amz-Expires must be less than 604800 seconds",
        kBadQuery);
  }
  return {};
}

Result<Authorization> from_query(const QueryParameters& parameters) {
  static constexpr std::array<std::string_view, 6> kNames = {
      "X-Amz-Algorithm",     "X-Amz-Credential", "X-Amz-Signature",
      "X-Amz-SignedHeaders", "X-Amz-Date",       "X-Amz-Expires"};
  Authorization out;
  out.form = Authorization::Form::kQuery;
  std::array<std::string_view, 6> values;
  for (const auto& [name, value] : parameters) {
    if (name == "X-Amz-Security-Token") out.session_token = value;
    const auto at = std::ranges::find(kNames, std::string_view(name));
    if (at != kNames.end()) values[static_cast<std::size_t>(at - kNames.begin())] = value;
  }
  std::string missing;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (values[i].empty()) {
      missing += "AWS query-string parameters must include '" + std::string(kNames[i]) + "'. ";
    }
  }
  if (!missing.empty()) {
    return incomplete(missing + "Re-examine the query-string parameters.", kBadQuery);
  }
  if (values[0] != kAlgorithm) {
    return incomplete(
        "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and "
        "AWS4-ECDSA-P256-SHA256\"",
        kBadQuery);
  }
  RETURN_IF_ERROR(read_credential(values[1], kBadQuery, out));
  out.signature = values[2];
  out.signed_headers = values[3];
  out.amz_date = values[4];
  RETURN_IF_ERROR(read_expires(values[5], out));
  return out;
}

}  // namespace

Result<std::optional<Authorization>> parse_authorization(const http::Request& request) {
  const std::string_view header = header_of(request, "authorization");
  if (request.query.find("X-Amz-") != std::string_view::npos) {
    const auto parameters = parse_query(request.query);
    const auto starts_one = [](const auto& parameter) {
      return parameter.first == "X-Amz-Algorithm" || parameter.first == "X-Amz-Credential" ||
             parameter.first == "X-Amz-Signature";
    };
    if (!parameters) return incomplete("Re-examine the query-string parameters.", kBadQuery);
    if (std::ranges::any_of(*parameters, starts_one)) {
      if (!header.empty()) {
        return incomplete(
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query "
            "parameter, Signature query string parameter or the Authorization header "
            "should be specified",
            "InvalidArgument");
      }
      ASSIGN_OR_RETURN(std::optional<Authorization> out, from_query(*parameters));
      return out;
    }
  }
  if (header.empty()) return std::optional<Authorization>();
  const bool v4 = header.starts_with(kAlgorithm) &&
                  (header.size() == kAlgorithm.size() || header[kAlgorithm.size()] == ' ');
  if (!v4) {
    return incomplete(
        "The authorization mechanism you have provided is not supported. Please use "
        "AWS4-HMAC-SHA256.",
        "InvalidRequest");
  }
  ASSIGN_OR_RETURN(std::optional<Authorization> out, from_header(request, header));
  return out;
}

}  // namespace headrace::wire
