#include "services/kinesis/put_records_json.h"

#include "services/kinesis/plain_json.h"

namespace headrace::services::kinesis {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view body) : in_(body), builder_(body.size()) {}

  std::optional<PutRecordsText> read() {
    if (!in_.take('{')) return std::nullopt;
    do {
      if (!member()) return std::nullopt;
    } while (in_.take(','));
    if (!in_.take('}') || !in_.at_end()) return std::nullopt;
    return builder_.finish();
  }

 private:
  bool member() {
    if (!in_.take('"')) return false;
    if (in_.take_name("Records\"")) return records();
    if (in_.take_name_of_text("StreamName\"")) {
      const auto name = in_.text();
      return name && builder_.stream_name(*name);
    }
    if (!in_.take_name_of_text("StreamARN\"")) return false;
    const auto arn = in_.text();
    return arn && builder_.stream_arn(*arn);
  }

  bool records() {
    if (!builder_.begin_records() || !in_.take('[')) return false;
    do {
      if (!record()) return false;
    } while (in_.take(','));
    return in_.take(']');
  }

  bool record() {
    if (!builder_.begin_record() || !in_.take('{')) return false;
    do {
      if (!in_.take('"') || !record_member()) return false;
    } while (in_.take(','));
    return in_.take('}') && builder_.end_record();
  }

  bool record_member() {
    if (in_.take_name_of_text("Data\"")) {
      char* const room = builder_.room_for_data();
      if (room == nullptr) return false;
      const auto size = in_.base64(room);
      if (size) builder_.data(*size);
      return size.has_value();
    }
    if (in_.take_name_of_text("PartitionKey\"")) {
      const auto key = in_.text();
      return key && builder_.partition_key(*key);
    }
    if (!in_.take_name_of_text("ExplicitHashKey\"")) return false;
    const auto key = in_.text();
    return key && builder_.explicit_hash_key(*key);
  }

  PlainJson in_;
  PutRecordsBuilder builder_;
};

}  // namespace

std::optional<PutRecordsText> read_put_records(std::string_view body) {
  if (body.size() > kPutRecordsBodyMax) return std::nullopt;
  return Reader(body).read();
}

}  // namespace headrace::services::kinesis
