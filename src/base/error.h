// One error type for the whole product, and the macros that pass it on.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace headrace {

// One enumerator per outcome that a client could act on differently. The tables in
// services/*/errors.cc turn them into each service's own names and statuses.
enum class ErrorCode {
  // Requests.
  kInvalidArgument,
  kValidation,
  kSerialization,
  kUnknownOperation,
  kNotImplemented,
  kAccessDenied,
  kMissingAuthentication,
  kIncompleteSignature,
  kInvalidSignature,
  kUnknownAccessKey,
  kRequestExpired,
  kRequestTooLarge,
  kRequestTimeout,
  kMalformedHttp,
  kIncompleteBody,
  // Any resource.
  kNotFound,
  kAlreadyExists,
  kInUse,
  kLimitExceeded,
  kThroughputExceeded,
  kIteratorExpired,
  kTokenExpired,
  kDryRun,
  kKeyNotFound,
  kKeyRefused,
  // Buckets and objects.
  kNoSuchBucket,
  kNoSuchKey,
  kNoSuchUpload,
  kBucketNotEmpty,
  kBucketAlreadyExists,
  kBucketAlreadyOwned,
  kInvalidBucketName,
  kKeyTooLong,
  kInvalidRange,
  kInvalidPart,
  kInvalidPartOrder,
  kEntityTooSmall,
  kEntityTooLarge,
  kPreconditionFailed,
  kNotModified,
  kBadDigest,
  kInvalidDigest,
  kChecksumMismatch,
  kPayloadHashMismatch,
  kMalformedDocument,
  kMissingContentLength,
  kMethodNotAllowed,
  kInvalidUri,
  kNoSuchConfiguration,
  // The machine below.
  kDiskFull,
  kIo,
  kCorruption,
  kUnavailable,
  kCancelled,
  kInternal,
};

std::string_view name(ErrorCode code);

// `message` is for people: never parsed, never compared. `detail` is what a wire needs beside it
// (the exact code of S3's "no such configuration" family, for example) and is empty otherwise.
struct Error {
  ErrorCode code;
  std::string message;
  std::string detail = {};
};

template <typename T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message, std::string detail = {}) {
  return std::unexpected<Error>(Error{code, std::move(message), std::move(detail)});
}

}  // namespace headrace

// `target` may declare a variable, `result` names one, `keyword` returns: none takes parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define HEADRACE_CONCAT_INNER(a, b) a##b
#define HEADRACE_CONCAT(a, b) HEADRACE_CONCAT_INNER(a, b)

#define HEADRACE_RETURN_IF_ERROR(keyword, expression)                                   \
  do {                                                                                  \
    auto headrace_status = (expression);                                                \
    if (!headrace_status) {                                                             \
      keyword ::std::unexpected<::headrace::Error>(std::move(headrace_status).error()); \
    }                                                                                   \
  } while (false)

#define HEADRACE_ASSIGN_OR_RETURN(keyword, result, target, expression)       \
  auto result = (expression);                                                \
  if (!result) {                                                             \
    keyword ::std::unexpected<::headrace::Error>(std::move(result).error()); \
  }                                                                          \
  target = std::move(*result)
// NOLINTEND(bugprone-macro-parentheses)

#define RETURN_IF_ERROR(expression) HEADRACE_RETURN_IF_ERROR(return, expression)
#define CO_RETURN_IF_ERROR(expression) HEADRACE_RETURN_IF_ERROR(co_return, expression)
#define ASSIGN_OR_RETURN(target, expression) \
  HEADRACE_ASSIGN_OR_RETURN(return, HEADRACE_CONCAT(headrace_result_, __LINE__), target, expression)
#define CO_ASSIGN_OR_RETURN(target, expression)                                             \
  HEADRACE_ASSIGN_OR_RETURN(co_return, HEADRACE_CONCAT(headrace_result_, __LINE__), target, \
                            expression)
