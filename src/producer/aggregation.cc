#include "producer/aggregation.h"

#include <algorithm>
#include <utility>

#include "base/md5.h"
#include "producer/protobuf_reader.h"
#include "wire/utf8.h"

namespace headrace::producer {
namespace {

constexpr std::string_view kMagic = "\xf3\x89\x9a\xc2";
constexpr std::size_t kDigestBytes = sizeof(Md5Digest);

using Type = ProtobufReader::WireType;
using Outcome = Deaggregated::Outcome;

struct Record {
  std::optional<std::uint64_t> partition_key_index;
  std::optional<std::uint64_t> explicit_hash_key_index;
  std::optional<std::string_view> data;
};

// A tag says nothing that is wanted, but a message with a broken one does not parse.
bool is_tag(std::string_view message) {
  ProtobufReader reader(message);
  ProtobufReader::Field field;
  bool has_key = false;
  while (reader.next(field)) {
    has_key = has_key || field.is(1, Type::kBytes);
  }
  return has_key && !reader.malformed();
}

// Of a field that comes twice the last counts; one of another wire type is an unknown one.
std::optional<Record> parse_record(std::string_view message) {
  ProtobufReader reader(message);
  ProtobufReader::Field field;
  Record record;
  while (reader.next(field)) {
    if (field.is(1, Type::kVarint)) {
      record.partition_key_index = field.varint;
    } else if (field.is(2, Type::kVarint)) {
      record.explicit_hash_key_index = field.varint;
    } else if (field.is(3, Type::kBytes)) {
      record.data = field.bytes;
    } else if (field.is(4, Type::kBytes) && !is_tag(field.bytes)) {
      return std::nullopt;
    }
  }
  if (reader.malformed() || !record.partition_key_index || !record.data) return std::nullopt;
  return record;
}

// Nothing: it does not parse.
std::optional<std::vector<Record>> parse(std::string_view message, Deaggregated& tables) {
  ProtobufReader reader(message);
  ProtobufReader::Field field;
  std::vector<Record> records;
  while (reader.next(field)) {
    if (field.is(1, Type::kBytes)) {
      tables.partition_keys.push_back(wire::as_utf8(field.bytes));
    } else if (field.is(2, Type::kBytes)) {
      tables.explicit_hash_keys.push_back(wire::as_utf8(field.bytes));
    } else if (field.is(3, Type::kBytes)) {
      const std::optional<Record> record = parse_record(field.bytes);
      if (!record) return std::nullopt;
      records.push_back(*record);
    }
  }
  if (reader.malformed()) return std::nullopt;
  return records;
}

// The Java library takes the low 32 bits of an index.
std::optional<std::string_view> entry(const std::vector<std::string>& table, std::uint64_t index) {
  const auto low = static_cast<std::uint32_t>(index);
  if (low >= table.size()) return std::nullopt;
  return table[low];
}

unsigned __int128 hash_of(std::string_view partition_key) {
  unsigned __int128 value = 0;
  for (const unsigned char byte : md5(partition_key)) value = value << 8U | byte;
  return value;
}

bool is_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// A number below 0 or past 2^128-1 is in no range.
bool is_inside(const UserRecord& record, const HashKeyRange& range) {
  std::optional<unsigned __int128> hash;
  if (record.explicit_hash_key) {
    std::string_view text = *record.explicit_hash_key;
    if (text.starts_with('+')) text.remove_prefix(1);
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    hash = parse_hash_key(text);
    if (negative && hash != 0) return false;
  } else {
    hash = hash_of(record.partition_key);
  }
  return hash && *hash >= range.starting && *hash <= range.ending;
}

Outcome resolve(const std::vector<Record>& records, const HashKeyRange& range, Deaggregated& into) {
  into.records.reserve(records.size());
  for (const Record& record : records) {
    const auto key = entry(into.partition_keys, *record.partition_key_index);
    if (!key) return Outcome::kInconsistent;
    UserRecord user{.partition_key = *key, .explicit_hash_key = std::nullopt, .data = *record.data};
    if (record.explicit_hash_key_index) {
      user.explicit_hash_key = entry(into.explicit_hash_keys, *record.explicit_hash_key_index);
      if (!user.explicit_hash_key || !is_number(*user.explicit_hash_key)) {
        return Outcome::kInconsistent;
      }
    }
    if (!is_inside(user, range)) return Outcome::kOutOfRange;
    into.records.push_back(user);
  }
  return Outcome::kAggregate;
}

}  // namespace

std::optional<unsigned __int128> parse_hash_key(std::string_view text) {
  constexpr unsigned __int128 kMax = ~static_cast<unsigned __int128>(0);
  unsigned __int128 value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<unsigned>(c - '0');
    if (value > (kMax - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  if (text.empty()) return std::nullopt;
  return value;
}

Deaggregated deaggregate(std::string_view data, const HashKeyRange& range) {
  Deaggregated out;
  if (!data.starts_with(kMagic) || data.size() <= kMagic.size() + kDigestBytes) return out;
  const std::string_view message =
      data.substr(kMagic.size(), data.size() - kMagic.size() - kDigestBytes);
  const Md5Digest digest = md5(message);
  const std::string_view stored = data.substr(data.size() - kDigestBytes);
  if (!std::ranges::equal(digest, stored, [](unsigned char a, char b) {
        return a == static_cast<unsigned char>(b);
      })) {
    return out;
  }
  const auto records = parse(message, out);
  if (!records) return out;
  out.outcome = resolve(*records, range, out);
  if (out.outcome != Outcome::kAggregate) out.records.clear();
  return out;
}

}  // namespace headrace::producer
