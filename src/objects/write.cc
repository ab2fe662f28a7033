#include "objects/write.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "base/check.h"
#include "objects/ingest.h"
#include "storage/encoding.h"

namespace headrace::objects {
namespace {

constexpr std::size_t kBucketNameMin = 3;
constexpr std::size_t kBucketNameMax = 63;

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool looks_like_ip(std::string_view name) {
  int dots = 0;
  for (const char c : name) {
    if (c == '.') {
      ++dots;
    } else if (c < '0' || c > '9') {
      return false;
    }
  }
  return dots == 3;
}

// What the service keeps for itself.
bool is_reserved(std::string_view name) {
  constexpr std::array<std::string_view, 3> kPrefixes = {"xn--", "sthree-", "amzn-s3-demo-"};
  constexpr std::array<std::string_view, 5> kSuffixes = {"-s3alias", "--ol-s3", ".mrap", "--x-s3",
                                                         "--table-s3"};
  return std::any_of(kPrefixes.begin(), kPrefixes.end(),
                     [name](std::string_view p) { return name.starts_with(p); }) ||
         std::any_of(kSuffixes.begin(), kSuffixes.end(),
                     [name](std::string_view s) { return name.ends_with(s); });
}

}  // namespace

Error no_such_bucket() { return {ErrorCode::kNoSuchBucket, "The specified bucket does not exist"}; }
Error no_such_key() { return {ErrorCode::kNoSuchKey, "The specified key does not exist."}; }
Error no_such_upload() {
  return {
      ErrorCode::kNoSuchUpload,
      "The specified upload does not exist. The upload ID may be invalid, or the upload may have "
      "been aborted or completed."};
}
Error precondition_failed() {
  return {ErrorCode::kPreconditionFailed,
          "At least one of the pre-conditions you specified did not hold"};
}

Status check_key(const std::string& key) {
  if (key.empty()) return fail(ErrorCode::kInvalidArgument, "An object key must not be empty");
  if (key.size() > ObjectStore::kKeyBytesMax) {
    return fail(ErrorCode::kKeyTooLong, "Your key is too long");
  }
  return {};
}

Status check_bucket_name(std::string_view name) {
  const bool valid =
      name.size() >= kBucketNameMin && name.size() <= kBucketNameMax &&
      is_lower_or_digit(name.front()) && is_lower_or_digit(name.back()) &&
      std::all_of(name.begin(), name.end(),
                  [](char c) { return is_lower_or_digit(c) || c == '.' || c == '-'; }) &&
      name.find("..") == std::string_view::npos && !looks_like_ip(name) && !is_reserved(name);
  if (valid) return {};
  return fail(ErrorCode::kInvalidBucketName, "The specified bucket is not valid.");
}

Status ObjectStore::Write::outcome(const Result<storage::Committed>& committed) const {
  if (!committed) return std::unexpected(committed.error());
  if (!committed->refused_by) return {};
  for (const auto& [index, refusal] : refusals) {
    if (index == *committed->refused_by) return std::unexpected(refusal);
  }
  return fail(ErrorCode::kCancelled, "a condition of the same change does not hold any more");
}

storage::SqlValue integer_value(std::uint64_t value) { return static_cast<std::int64_t>(value); }

storage::SqlValue encode_attributes(const Attributes& attributes) {
  if (attributes == Attributes{}) return {};
  std::string out;
  for (const std::string* field :
       {&attributes.content_type, &attributes.content_encoding, &attributes.content_disposition,
        &attributes.content_language, &attributes.cache_control, &attributes.expires}) {
    storage::put_bytes(out, *field);
  }
  for (const auto& [name, value] : attributes.user_metadata) {
    storage::put_bytes(out, name);
    storage::put_bytes(out, value);
  }
  return Bytes(std::move(out));
}

Result<Attributes> decode_attributes(std::string_view encoded) {
  Attributes attributes;
  if (encoded.empty()) return attributes;
  storage::Decoder in(encoded);
  for (std::string* field :
       {&attributes.content_type, &attributes.content_encoding, &attributes.content_disposition,
        &attributes.content_language, &attributes.cache_control, &attributes.expires}) {
    *field = std::string(in.bytes());
  }
  while (in.ok() && !in.at_end()) {
    const std::string name(in.bytes());
    attributes.user_metadata[name] = std::string(in.bytes());
  }
  if (!in.ok()) return fail(ErrorCode::kCorruption, "an object's attributes do not parse");
  return attributes;
}

void add_checksum(std::vector<storage::SqlValue>& values, const std::optional<Checksum>& checksum) {
  if (!checksum) {
    values.insert(values.end(), 3, storage::SqlValue{});
    return;
  }
  values.emplace_back(std::string(name(checksum->algorithm)));
  values.emplace_back(Bytes(checksum->value));
  values.emplace_back(std::int64_t{checksum->type == ChecksumType::kComposite});
}

std::optional<Checksum> read_checksum(const storage::Row& row, int first_column) {
  const auto algorithm = parse_checksum_algorithm(row.view(first_column));
  if (!algorithm) return std::nullopt;
  return Checksum{
      *algorithm, row.text(first_column + 1),
      row.integer(first_column + 2) != 0 ? ChecksumType::kComposite : ChecksumType::kFullObject};
}

std::vector<storage::Extent> carry(Ingest& ingest, storage::BlobStore& blobs,
                                   storage::Entry& entry) {
  Ingest::State& state = ingest.state();
  CHECK(state.finished && !state.committed);
  if (state.size == 0) return {};
  // Tried again, the bytes go to the place that was reserved for them the first time.
  if (!state.extent) state.extent = blobs.reserve(state.pending);
  if (state.writer) {
    entry.files.push_back(*state.extent);
  } else {
    entry.blobs.push_back({*state.extent, state.pending});
  }
  return {*state.extent};
}

void begin_commit(Ingest& ingest) {
  if (ingest.state().writer) ingest.state().writer->keep();
}

void end_commit(Ingest& ingest, bool committed) {
  if (ingest.state().writer) ingest.state().writer->keep(committed);
  ingest.state().committed = committed;
}

}  // namespace headrace::objects
