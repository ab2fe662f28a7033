#include "wire/sigv4_canonical.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "wire/sha256.h"
#include "wire/uri.h"

namespace headrace::wire {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// "/a//b/./c/../d/" -> "/a/b/d/"
std::string normalized(std::string_view path) {
  std::vector<std::string_view> segments;
  bool slash_at_end = false;
  while (!path.empty()) {
    const std::string_view segment = path.substr(0, path.find('/'));
    slash_at_end = segment.size() < path.size() || segment == "." || segment == "..";
    path.remove_prefix(std::min(segment.size() + 1, path.size()));
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      segments.push_back(segment);
    } else if (!segments.empty()) {
      segments.pop_back();
    }
  }
  std::string out;
  for (const std::string_view segment : segments) out.append("/").append(segment);
  if (slash_at_end || out.empty()) out.push_back('/');
  return out;
}

void append_path(std::string& out, std::string_view path, bool is_s3) {
  if (path.empty() || path == "/") {
    out.push_back('/');
  } else if (is_s3) {
    // What was decoded names the object, so its one encoding is signed, however it was sent.
    const auto decoded = percent_decode(path);
    out.append(decoded ? percent_encode(*decoded, true) : std::string(path));
  } else {
    out.append(percent_encode(normalized(path), true));
  }
}

std::string reencoded(std::string_view text) {
  // '+' is a space to who reads the query, and signers write it %20.
  const auto decoded = percent_decode(text, true);
  return percent_encode(decoded ? std::string_view(*decoded) : text);
}

void append_query(std::string& out, std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    std::string name = reencoded(pair.substr(0, equals));
    if (name == "X-Amz-Signature") continue;
    parameters.emplace_back(std::move(name), equals == std::string_view::npos
                                                 ? std::string()
                                                 : reencoded(pair.substr(equals + 1)));
  }
  std::ranges::sort(parameters);
  bool first = true;
  for (const auto& [name, value] : parameters) {
    if (!first) out.push_back('&');
    first = false;
    out.append(name).append("=").append(value);
  }
}

// Without spaces at the ends, and one for each run of them within.
void append_trimmed(std::string& out, std::string_view value) {
  bool space = false;
  bool any = false;
  for (const char c : value) {
    if (c == ' ' || c == '\t') {
      space = true;
      continue;
    }
    if (space && any) out.push_back(' ');
    space = false;
    any = true;
    out.push_back(c);
  }
}

void append_header(std::string& out, std::string_view name,
                   std::span<const http::HeaderView> headers) {
  out.append(name).push_back(':');
  // HTTP/2 clients may sign the authority by its own name, which a gateway between them and us
  // turns into Host.
  const bool renamed =
      name == ":authority" && std::ranges::none_of(headers, [name](const http::HeaderView& header) {
        return header.name == name;
      });
  const std::string_view wanted = renamed ? std::string_view("host") : name;
  bool first = true;
  for (const http::HeaderView& header : headers) {
    if (!same_name(header.name, wanted)) continue;
    if (!first) out.push_back(',');
    first = false;
    append_trimmed(out, header.value);
  }
  out.push_back('\n');
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

std::string canonical_request(const CanonicalInput& input) {
  std::string out;
  out.reserve(1024);
  out.append(input.method).push_back('\n');
  append_path(out, input.path, input.is_s3);
  out.push_back('\n');
  append_query(out, input.query);
  out.push_back('\n');
  std::string_view names = input.signed_headers;
  while (!names.empty()) {
    const std::string_view name = names.substr(0, names.find(';'));
    names.remove_prefix(std::min(name.size() + 1, names.size()));
    append_header(out, name, input.headers);
  }
  out.append("\n").append(input.signed_headers).append("\n").append(input.hash);
  return out;
}

std::string string_to_sign(std::string_view amz_date, std::string_view scope,
                           std::string_view canonical) {
  std::string out;
  out.reserve(192);
  out.append("AWS4-HMAC-SHA256\n").append(amz_date).append("\n").append(scope).append("\n");
  return out.append(hex_of(sha256(canonical)));
}

}  // namespace headrace::wire
