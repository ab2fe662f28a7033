#include "base/error.h"

namespace headrace {

std::string_view name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return "invalid argument";
    case ErrorCode::kValidation: return "validation";
    case ErrorCode::kSerialization: return "serialization";
    case ErrorCode::kUnknownOperation: return "unknown operation";
    case ErrorCode::kNotImplemented: return "not implemented";
    case ErrorCode::kAccessDenied: return "access denied";
    case ErrorCode::kMissingAuthentication: return "missing authentication";
    case ErrorCode::kIncompleteSignature: return "incomplete signature";
    case ErrorCode::kInvalidSignature: return "invalid signature";
    case ErrorCode::kUnknownAccessKey: return "unknown access key";
    case ErrorCode::kRequestExpired: return "request expired";
    case ErrorCode::kRequestTooLarge: return "request too large";
    case ErrorCode::kRequestTimeout: return "request timeout";
    case ErrorCode::kMalformedHttp: return "malformed HTTP";
    case ErrorCode::kIncompleteBody: return "incomplete body";
    case ErrorCode::kNotFound: return "not found";
    case ErrorCode::kAlreadyExists: return "already exists";
    case ErrorCode::kInUse: return "in use";
    case ErrorCode::kLimitExceeded: return "limit exceeded";
    case ErrorCode::kThroughputExceeded: return "throughput exceeded";
    case ErrorCode::kIteratorExpired: return "iterator expired";
    case ErrorCode::kTokenExpired: return "token expired";
    case ErrorCode::kDryRun: return "dry run";
    case ErrorCode::kKeyNotFound: return "encryption key not found";
    case ErrorCode::kKeyRefused: return "encryption key refused";
    case ErrorCode::kNoSuchBucket: return "no such bucket";
    case ErrorCode::kNoSuchKey: return "no such key";
    case ErrorCode::kNoSuchUpload: return "no such upload";
    case ErrorCode::kBucketNotEmpty: return "bucket not empty";
    case ErrorCode::kBucketAlreadyExists: return "bucket already exists";
    case ErrorCode::kBucketAlreadyOwned: return "bucket already owned";
    case ErrorCode::kInvalidBucketName: return "invalid bucket name";
    case ErrorCode::kKeyTooLong: return "key too long";
    case ErrorCode::kInvalidRange: return "invalid range";
    case ErrorCode::kInvalidPart: return "invalid part";
    case ErrorCode::kInvalidPartOrder: return "invalid part order";
    case ErrorCode::kEntityTooSmall: return "entity too small";
    case ErrorCode::kEntityTooLarge: return "entity too large";
    case ErrorCode::kPreconditionFailed: return "precondition failed";
    case ErrorCode::kNotModified: return "not modified";
    case ErrorCode::kBadDigest: return "bad digest";
    case ErrorCode::kInvalidDigest: return "invalid digest";
    case ErrorCode::kChecksumMismatch: return "checksum mismatch";
    case ErrorCode::kPayloadHashMismatch: return "payload hash mismatch";
    case ErrorCode::kMalformedDocument: return "malformed document";
    case ErrorCode::kMissingContentLength: return "missing content length";
    case ErrorCode::kMethodNotAllowed: return "method not allowed";
    case ErrorCode::kInvalidUri: return "invalid URI";
    case ErrorCode::kNoSuchConfiguration: return "no such configuration";
    case ErrorCode::kDiskFull: return "disk full";
    case ErrorCode::kIo: return "input/output error";
    case ErrorCode::kCorruption: return "corruption";
    case ErrorCode::kUnavailable: return "unavailable";
    case ErrorCode::kCancelled: return "cancelled";
    case ErrorCode::kInternal: return "internal error";
  }
  return "unknown error";
}

}  // namespace headrace
