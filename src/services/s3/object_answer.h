// What GetObject and HeadObject do alike: which bytes, under which conditions, with which headers.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "objects/object_store.h"
#include "services/operation.h"
#include "services/s3/attributes.h"
#include "services/s3/byte_range.h"
#include "services/s3/conditions.h"
#include "services/s3/integrity.h"
#include "services/s3/s3.h"
#include "wire/http_date.h"

namespace headrace::services::s3 {

template <typename Request>
bool overrides_headers(const Request& request) {
  return request.response_cache_control || request.response_content_disposition ||
         request.response_content_encoding || request.response_content_language ||
         request.response_content_type || request.response_expires;
}

// Finds the object and holds the request's conditions against it.
template <typename Request>
Result<objects::Object> find_for_read(const S3& s3, const Caller& caller, const Request& request) {
  if (caller.access_key.empty() && overrides_headers(request)) {
    return fail(ErrorCode::kInvalidArgument,
                "Request specific response headers cannot be used for anonymous GET requests.",
                "InvalidRequest");
  }
  ASSIGN_OR_RETURN(objects::Object object,
                   find_object(s3, request.bucket, request.key, request.version_id,
                               request.expected_bucket_owner));
  RETURN_IF_ERROR(check_read({.if_match = request.if_match,
                              .if_none_match = request.if_none_match,
                              .if_modified_since = request.if_modified_since,
                              .if_unmodified_since = request.if_unmodified_since},
                             object));
  return object;
}

// Fills every header of the answer and gives the bytes that go with it.
template <typename Request, typename Response>
Result<ByteRange> answer_object(const Request& request, const objects::Object& object,
                                Response& response) {
  ByteRange range{.first = 0, .size = object.size};
  if (request.range) {
    ASSIGN_OR_RETURN(const auto asked, parse_range(*request.range, object.size));
    if (asked) {
      range = *asked;
      response.status = 206;
      response.content_range = "bytes " + std::to_string(range.first) + "-" +
                               std::to_string(range.last()) + "/" + std::to_string(object.size);
    }
  }
  response.accept_ranges = "bytes";
  response.last_modified = object.modified;
  response.content_length = static_cast<std::int64_t>(range.size);
  response.etag = quoted(object.etag);
  show_attributes(response, object.attributes);
  // A checksum is of the whole: with a part of it a client would find it wrong.
  if (request.checksum_mode && object.checksum && !response.content_range) {
    show_checksum(response, *object.checksum, object.parts);
  }
  const auto put = [](std::optional<std::string>& header, const std::optional<std::string>& value) {
    if (value) header = *value;
  };
  put(response.cache_control, request.response_cache_control);
  put(response.content_disposition, request.response_content_disposition);
  put(response.content_encoding, request.response_content_encoding);
  put(response.content_language, request.response_content_language);
  put(response.content_type, request.response_content_type);
  if (request.response_expires) {
    response.expires = wire::format_http_date(*request.response_expires);
  }
  return range;
}

}  // namespace headrace::services::s3
