#include "storage/log_entry.h"

#include "storage/encoding.h"

namespace headrace::storage {
namespace {

// What the head of an append to a few lanes needs.
constexpr std::size_t kHeadBytesUsual = 128;

enum Tag : std::uint8_t { kNull = 0, kInteger = 1, kText = 2, kBlob = 3 };

void encode_value(std::string& out, const SqlValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    put<std::uint8_t>(out, kInteger);
    put<std::uint64_t>(out, static_cast<std::uint64_t>(*integer));
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    put<std::uint8_t>(out, kText);
    put_bytes(out, *text);
  } else if (const auto* blob = std::get_if<Bytes>(&value)) {
    put<std::uint8_t>(out, kBlob);
    put_bytes(out, blob->view());
  } else {
    put<std::uint8_t>(out, kNull);
  }
}

bool decode_value(Decoder& in, SqlValue& value) {
  switch (in.get<std::uint8_t>()) {
    case kNull: value = std::monostate{}; return in.ok();
    case kInteger: value = static_cast<std::int64_t>(in.get<std::uint64_t>()); return in.ok();
    case kText: value = std::string(in.bytes()); return in.ok();
    case kBlob: value = Bytes(std::string(in.bytes())); return in.ok();
    default: return false;
  }
}

void encode_extent(std::string& out, const Extent& extent) {
  put<std::uint64_t>(out, extent.id);
  put<std::uint32_t>(out, extent.volume);
  put<std::uint64_t>(out, extent.offset);
  put<std::uint64_t>(out, extent.size);
  put<std::uint32_t>(out, extent.crc);
}

Extent decode_extent(Decoder& in) {
  Extent extent;
  extent.id = in.get<std::uint64_t>();
  extent.volume = in.get<std::uint32_t>();
  extent.offset = in.get<std::uint64_t>();
  extent.size = in.get<std::uint64_t>();
  extent.crc = in.get<std::uint32_t>();
  return extent;
}

bool decode_mutation(Decoder& in, Mutation& mutation) {
  mutation.guard = in.get<std::uint8_t>() != 0;
  mutation.sql = std::string(in.bytes());
  const auto parameters = in.get<std::uint32_t>();
  for (std::uint32_t i = 0; i < parameters; ++i) {
    if (!decode_value(in, mutation.parameters.emplace_back())) return false;
  }
  return in.ok();
}

}  // namespace

std::string encode_extents(const std::vector<Extent>& extents) {
  std::string out;
  for (const Extent& extent : extents) encode_extent(out, extent);
  return out;
}

Result<std::vector<Extent>> decode_extents(std::string_view encoded) {
  std::vector<Extent> extents;
  Decoder in(encoded);
  while (in.ok() && !in.at_end()) extents.push_back(decode_extent(in));
  if (!in.ok()) return fail(ErrorCode::kCorruption, "a list of extents does not parse");
  return extents;
}

std::string encode_entry_head(const Entry& entry) {
  std::string out;
  out.reserve(kHeadBytesUsual);
  put(out, static_cast<std::uint32_t>(entry.mutations.size()));
  for (const Mutation& mutation : entry.mutations) {
    put<std::uint8_t>(out, mutation.guard ? 1 : 0);
    put_bytes(out, mutation.sql);
    put(out, static_cast<std::uint32_t>(mutation.parameters.size()));
    for (const SqlValue& value : mutation.parameters) encode_value(out, value);
  }
  put(out, static_cast<std::uint32_t>(entry.blobs.size()));
  for (const InlineBlob& blob : entry.blobs) {
    encode_extent(out, blob.extent);
    put_bytes(out, blob.bytes);
  }
  put_bytes(out, encode_extents(entry.files));
  put<std::uint8_t>(out, entry.records ? 1 : 0);
  if (entry.records) entry.records->encode_head(out);
  return out;
}

Result<Entry> decode_entry(std::string_view encoded) {
  Entry entry;
  Decoder in(encoded);
  const auto mutations = in.get<std::uint32_t>();
  for (std::uint32_t i = 0; i < mutations; ++i) {
    if (!decode_mutation(in, entry.mutations.emplace_back())) {
      return fail(ErrorCode::kCorruption, "a log entry's mutation does not parse");
    }
  }
  const auto blobs = in.get<std::uint32_t>();
  for (std::uint32_t i = 0; i < blobs && in.ok(); ++i) {
    InlineBlob& blob = entry.blobs.emplace_back();
    blob.extent = decode_extent(in);
    blob.bytes = std::string(in.bytes());
  }
  const std::string_view files = in.bytes();
  const bool has_records = in.get<std::uint8_t>() != 0;
  if (!in.ok()) return fail(ErrorCode::kCorruption, "a log entry does not parse");
  ASSIGN_OR_RETURN(entry.files, decode_extents(files));
  if (has_records) {
    ASSIGN_OR_RETURN(entry.records, RecordBatch::parse(in.take(in.left())));
  } else if (!in.at_end()) {
    return fail(ErrorCode::kCorruption, "a log entry has extra bytes");
  }
  return entry;
}

}  // namespace headrace::storage
