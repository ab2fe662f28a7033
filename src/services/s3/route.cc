#include "services/s3/route.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <utility>

#include "objects/object_store.h"
#include "wire/uri.h"

namespace headrace::services::s3 {
namespace {

// Query parameters that make a request another operation of S3's. One that the chosen operation
// does not take must never be passed over.
constexpr std::array<std::string_view, 50> kSubResources = {"abac",
                                                            "accelerate",
                                                            "acl",
                                                            "analytics",
                                                            "annotation",
                                                            "attributes",
                                                            "cors",
                                                            "delete",
                                                            "encryption",
                                                            "intelligent-tiering",
                                                            "inventory",
                                                            "legal-hold",
                                                            "lifecycle",
                                                            "location",
                                                            "logging",
                                                            "metadataAnnotationTable",
                                                            "metadataConfiguration",
                                                            "metadataInventoryTable",
                                                            "metadataJournalTable",
                                                            "metadataTable",
                                                            "metrics",
                                                            "notification",
                                                            "object-lock",
                                                            "ownershipControls",
                                                            "partNumber",
                                                            "policy",
                                                            "policyStatus",
                                                            "publicAccessBlock",
                                                            "renameObject",
                                                            "replication",
                                                            "requestPayment",
                                                            "restore",
                                                            "retention",
                                                            "select",
                                                            "select-type",
                                                            "session",
                                                            "tagging",
                                                            "torrent",
                                                            "uploadId",
                                                            "uploads",
                                                            "versionId",
                                                            "versioning",
                                                            "versions",
                                                            "website"};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool is_sub_resource(std::string_view name) {
  return std::find(kSubResources.begin(), kSubResources.end(), name) != kSubResources.end();
}

const std::string* find(const wire::QueryParameters& query, std::string_view name) {
  for (const auto& [key, value] : query) {
    if (key == name) return &value;
  }
  return nullptr;
}

// Calls `each(name, value, has_value)` for the literal parameters of a URI pattern ("?a&b=2").
template <typename Each>
void each_literal(std::string_view uri, Each each) {
  const std::size_t mark = uri.find('?');
  std::string_view rest = mark == std::string_view::npos ? "" : uri.substr(mark + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) {
      each(pair, std::string_view(), false);
    } else {
      each(pair.substr(0, equals), pair.substr(equals + 1), true);
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

std::string_view path_of(std::string_view uri) { return uri.substr(0, uri.find('?')); }

// How many things `operation` asks for and finds in the request; -1 when one is missing.
int match(const Operation& operation, const http::Request& request,
          const wire::QueryParameters& query) {
  int found = 0;
  bool missing = false;
  each_literal(operation.uri, [&](std::string_view name, std::string_view value, bool has_value) {
    const std::string* given = find(query, name);
    missing = missing || given == nullptr || (has_value && *given != value);
    ++found;
  });
  for (const wire::Member& member : operation.input.members) {
    if (!member.is_required) continue;
    if (member.location == wire::Location::kQuery) {
      missing = missing || find(query, member.wire_name) == nullptr;
      ++found;
    } else if (member.location == wire::Location::kHeader) {
      missing = missing || !request.has_header(member.wire_name);
      ++found;
    }
  }
  return missing ? -1 : found;
}

bool takes(const Operation& operation, std::string_view parameter) {
  bool literal = false;
  each_literal(operation.uri, [&](std::string_view name, std::string_view, bool) {
    literal = literal || name == parameter;
  });
  if (literal) return true;
  return std::ranges::any_of(operation.input.members, [parameter](const wire::Member& member) {
    return member.location == wire::Location::kQuery && member.wire_name == parameter;
  });
}

struct Place {
  std::string bucket;
  std::string key;
  std::string_view pattern;  // of the operations that work there
};

Result<Place> place_of(const http::Request& request) {
  if (!request.path.starts_with('/')) {
    return fail(ErrorCode::kInvalidUri, "Couldn't parse the specified URI.");
  }
  std::string_view path = request.path.substr(1);
  Place place{.bucket = virtual_host_bucket(request.header("host")), .key = {}, .pattern = "/"};
  if (place.bucket.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    auto bucket = wire::percent_decode(path.substr(0, slash));
    if (!bucket) return fail(ErrorCode::kInvalidUri, "Couldn't parse the specified URI.");
    place.bucket = std::move(*bucket);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (place.bucket.empty() && !path.empty()) {
      return fail(ErrorCode::kInvalidBucketName, "The specified bucket is not valid.");
    }
  }
  auto key = wire::percent_decode(path);
  for (const std::string& text : {place.bucket, key ? *key : std::string(1, '\0')}) {
    if (text.find('\0') != std::string::npos ||
        !simdjson::validate_utf8(text.data(), text.size())) {
      return fail(ErrorCode::kInvalidUri, "Couldn't parse the specified URI.");
    }
  }
  place.key = std::move(*key);
  if (place.key.size() > objects::ObjectStore::kKeyBytesMax) {
    return fail(ErrorCode::kKeyTooLong, "Your key is too long");
  }
  if (!place.bucket.empty()) place.pattern = place.key.empty() ? "/{Bucket}" : "/{Bucket}/{Key+}";
  return place;
}

}  // namespace

std::string virtual_host_bucket(std::string_view host) {
  std::string name = lower(host);
  if (name.starts_with('[')) return {};
  name = name.substr(0, name.find(':'));
  const auto cut = [&name](std::string_view suffix) {
    if (!name.ends_with(suffix)) return false;
    name.resize(name.size() - suffix.size());
    return true;
  };
  if (cut(".localhost")) {
    if (name == "s3") return {};
    cut(".s3");
    return name;
  }
  if (!cut(".amazonaws.com")) return {};
  // "b.s3", "b.s3.REGION", "b.s3-REGION", "b.s3.dualstack.REGION"; without the bucket: path style.
  if (name == "s3" || name.starts_with("s3.") || name.starts_with("s3-")) {
    const bool more = name.find(".s3.") != std::string::npos || name.ends_with(".s3");
    if (!more) return {};
  }
  if (cut(".s3")) return name;
  const std::size_t service = std::min(name.rfind(".s3."), name.rfind(".s3-"));
  return service == std::string::npos ? std::string() : name.substr(0, service);
}

Result<Route> route(const std::vector<Operation>& operations, const http::Request& request) {
  ASSIGN_OR_RETURN(Place place, place_of(request));
  const auto query = wire::parse_query(request.query);
  if (!query) return fail(ErrorCode::kInvalidUri, "Couldn't parse the specified URI.");
  if (request.method == "OPTIONS") {
    return fail(ErrorCode::kAccessDenied, "CORSResponse: CORS is not enabled for this bucket.",
                "AccessForbidden");
  }
  const Operation* best = nullptr;
  int best_found = -1;
  for (const Operation& operation : operations) {
    if (operation.method != request.method || path_of(operation.uri) != place.pattern) continue;
    const int found = match(operation, request, *query);
    if (found > best_found) {
      best = &operation;
      best_found = found;
    }
  }
  for (const auto& [name, value] : *query) {
    if (is_sub_resource(name) && (best == nullptr || !takes(*best, name))) {
      return fail(
          ErrorCode::kNotImplemented,
          "A header or query you provided implies functionality that is not implemented: " + name);
    }
  }
  if (best == nullptr && request.method == "POST" && place.pattern == "/{Bucket}") {
    return fail(ErrorCode::kNotImplemented, "POST of an HTML form is not implemented.");
  }
  if (best == nullptr) {
    return fail(ErrorCode::kMethodNotAllowed,
                "The specified method is not allowed against this resource.");
  }
  wire::Labels labels;
  if (!place.bucket.empty()) labels.emplace_back("Bucket", std::move(place.bucket));
  if (!place.key.empty()) labels.emplace_back("Key", std::move(place.key));
  return Route{.operation = best, .labels = std::move(labels)};
}

}  // namespace headrace::services::s3
