// The aws-chunked content coding of S3 uploads, with or without signatures and trailers.
//
// Source: Amazon S3 API Reference, "Signature Calculations for the Authorization Header:
// Transferring Payload in Multiple Chunks" and "... Including trailing headers".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "http/message.h"
#include "wire/sigv4.h"

namespace headrace::wire {

// Whether x-amz-content-sha256 (or Content-Encoding) says that the body is aws-chunked.
bool is_aws_chunked(const http::Request& request);

// `body` with the coding removed. `seed`: the request's proven signature when x-amz-content-sha256
// is one of the signed forms and signatures are enforced; without it signatures are skipped over.
// declared_size() is x-amz-decoded-content-length. trailer() gives the trailers, once at the end.
//
// Errors of next(): kInvalidSignature (a chunk or trailer signature that does not match: the bytes
// before it were handed out already, so nothing may be committed before the end), kIncompleteBody
// (bad framing, a length that differs from x-amz-decoded-content-length), and the body's own.
// Chunk heads are at most kChunkHeadBytesMax, trailers kTrailerBytesMax together. `request` and
// `body` must outlive it.
inline constexpr std::size_t kChunkHeadBytesMax = 1024;
inline constexpr std::size_t kTrailerBytesMax = 16UL * 1024;
std::unique_ptr<http::Body> aws_chunked_body(const http::Request& request, http::Body& body,
                                             std::optional<VerifiedSignature> seed);

// `body`, whose bytes must hash to `payload_hash` (64 hexadecimal digits): next() gives
// kPayloadHashMismatch at the end when they do not.
std::unique_ptr<http::Body> hashed_body(http::Body& body, std::string_view payload_hash);

}  // namespace headrace::wire
