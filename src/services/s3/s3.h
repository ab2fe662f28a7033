// What the S3 operations work on, and what is S3's own around them.
//
// Source: the service model of Amazon S3, API version 2006-03-01.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "http/message.h"
#include "objects/object_store.h"
#include "services/operation.h"

namespace headrace::services::s3 {

struct S3 {
  objects::ObjectStore& objects;
  Clock& clock;
  Random& random;
  std::string region;
};

inline constexpr std::string_view kXmlNamespace = "http://s3.amazonaws.com/doc/2006-03-01/";
inline constexpr std::int64_t kDocumentBytesMax = 2 << 20;

// Every operation there is.
std::vector<Operation> operations(S3& s3);

// `error.detail`, where it is set, is S3's exact code.
WireError wire_error(const Error& error);
// <Error><Code/><Message/><Resource/><RequestId/><HostId/></Error>; `resource` is the path as sent.
std::string error_document(const Error& error, std::string_view resource,
                           std::string_view request_id);
// The x-amz-id-2 header and HostId of an answer.
std::string host_id(std::string_view request_id);

// Content-MD5 and x-amz-checksum-* (header, or trailer of `body`) of an operation that takes a
// document, which is `document`: kBadDigest, kInvalidDigest, kInvalidArgument ("InvalidRequest":
// the operation needs one and none is there). After the body has been read, before decoding.
Status check_document(const Operation& operation, const http::Request& request,
                      const http::Body& body, std::string_view document);

// kNoSuchBucket; kAccessDenied when the bucket is not `expected_owner`'s.
Result<objects::Bucket> find_bucket(const S3& s3, const std::string& bucket,
                                    const std::optional<std::string>& expected_owner);
// As find_bucket and ObjectStore::find; kInvalidArgument for a version other than "null", since no
// bucket has versions.
Result<objects::Object> find_object(const S3& s3, const std::string& bucket, const std::string& key,
                                    const std::optional<std::string>& version_id,
                                    const std::optional<std::string>& expected_owner);
Status check_version(const std::optional<std::string>& version_id);
// The canonical user id of an account: 64 hexadecimal digits.
std::string canonical_id(std::string_view account);

// `operation` at its place in HTTP; `root` is the root element of its answer.
Operation at(std::string_view method, std::string_view uri, std::string_view root,
             Operation operation);

}  // namespace headrace::services::s3
