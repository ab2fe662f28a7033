// An object's attributes between headers and the store.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "objects/object_store.h"

namespace headrace::services::s3 {

// The type of an object that came without one.
inline constexpr std::string_view kDefaultContentType = "binary/octet-stream";

// kInvalidArgument ("MetadataTooLarge") past S3's 2 KiB of user metadata.
Status check_attributes(const objects::Attributes& attributes);
// Refuses what a bucket of today refuses: every ACL but its owner's. kInvalidArgument
// ("AccessControlListNotSupported"); kNotImplemented for a storage class other than STANDARD.
Status check_placement(const std::optional<std::string>& acl,
                       const std::optional<std::string>& storage_class);
// Content-Encoding without "aws-chunked", which is of the transfer and not of the object.
std::string object_encoding(const std::string& content_encoding);

template <typename Request>
objects::Attributes attributes_of(const Request& request) {
  objects::Attributes out;
  out.content_type = request.content_type.value_or("");
  out.content_encoding = object_encoding(request.content_encoding.value_or(""));
  out.content_disposition = request.content_disposition.value_or("");
  out.content_language = request.content_language.value_or("");
  out.cache_control = request.cache_control.value_or("");
  out.expires = request.expires.value_or("");
  if (request.metadata) out.user_metadata = *request.metadata;
  return out;
}

// Sets the headers that an object's attributes are answered in.
template <typename Response>
void show_attributes(Response& response, const objects::Attributes& attributes) {
  const auto show = [](std::optional<std::string>& member, const std::string& value) {
    if (!value.empty()) member = value;
  };
  response.content_type =
      attributes.content_type.empty() ? std::string(kDefaultContentType) : attributes.content_type;
  show(response.content_encoding, attributes.content_encoding);
  show(response.content_disposition, attributes.content_disposition);
  show(response.content_language, attributes.content_language);
  show(response.cache_control, attributes.cache_control);
  show(response.expires, attributes.expires);
  if (!attributes.user_metadata.empty()) response.metadata = attributes.user_metadata;
}

}  // namespace headrace::services::s3
