// The canonical request of Signature Version 4: what signer and verifier must write alike.
//
// Source: AWS IAM User Guide, "Create a signed AWS API request".
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "http/message.h"

namespace headrace::wire {

struct CanonicalInput {
  std::string_view method;
  std::string_view path;   // as sent, percent-encoded once
  std::string_view query;  // as sent; X-Amz-Signature is left out of what is signed
  std::span<const http::HeaderView> headers;
  std::string_view signed_headers;  // "host;x-amz-date", lower case
  std::string_view hash;            // of the payload, or what stands for it
  bool is_s3 = false;  // S3 takes paths as they are; the others normalise and re-encode
};

std::string canonical_request(const CanonicalInput& input);

// "AWS4-HMAC-SHA256", the date, the scope and the hash of a canonical request, one a line.
std::string string_to_sign(std::string_view amz_date, std::string_view scope,
                           std::string_view canonical);

// Whether two header names are the same but for case.
bool same_name(std::string_view a, std::string_view b);

}  // namespace headrace::wire
