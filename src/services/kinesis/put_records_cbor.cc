#include "services/kinesis/put_records_cbor.h"

#include "services/kinesis/plain_json.h"
#include "wire/cbor.h"

namespace headrace::services::kinesis {
namespace {

using wire::CborHead;
using wire::CborMajor;

class Reader {
 public:
  explicit Reader(std::string_view body) : in_(body), builder_(body.size()) {}

  std::optional<PutRecordsText> read() {
    if (!each(CborMajor::kMap, &Reader::member) || !in_.at_end()) return std::nullopt;
    return builder_.finish();
  }

 private:
  // Reads an array's elements or a map's members, all of them with `read`.
  bool each(CborMajor major, bool (Reader::*read)()) {
    const auto head = in_.head();
    if (!head || head->major != major) return false;
    for (std::uint64_t count = 0; !in_.at_end_of(*head, count); ++count) {
      if (!(this->*read)()) return false;
    }
    return true;
  }

  // A text in one piece, of ASCII without controls.
  std::optional<std::string_view> text() {
    const auto text = in_.plain(CborMajor::kText);
    if (!text || plain_prefix(text->data(), text->data() + text->size()) != text->size()) {
      return std::nullopt;
    }
    return text;
  }

  bool member() {
    const auto name = text();
    if (name == "Records")
      return builder_.begin_records() && each(CborMajor::kArray, &Reader::record);
    const auto value = text();
    if (!value) return false;
    if (name == "StreamName") return builder_.stream_name(*value);
    return name == "StreamARN" && builder_.stream_arn(*value);
  }

  bool record() {
    return builder_.begin_record() && each(CborMajor::kMap, &Reader::record_member) &&
           builder_.end_record();
  }

  bool record_member() {
    const auto name = text();
    if (name == "Data") return data();
    const auto value = text();
    if (!value) return false;
    if (name == "PartitionKey") return builder_.partition_key(*value);
    return name == "ExplicitHashKey" && builder_.explicit_hash_key(*value);
  }

  bool data() {
    const auto bytes = in_.plain(CborMajor::kBytes);
    if (!bytes) return false;
    char* const room = builder_.room_for_data();
    if (room == nullptr) return false;
    bytes->copy(room, bytes->size());
    builder_.data(bytes->size());
    return true;
  }

  wire::CborReader in_;
  PutRecordsBuilder builder_;
};

}  // namespace

std::optional<PutRecordsText> read_put_records_cbor(std::string_view body) {
  if (body.size() > kPutRecordsBodyMax) return std::nullopt;
  return Reader(body).read();
}

}  // namespace headrace::services::kinesis
