// What a PutRecords request comes to, and how its own readers (JSON, CBOR) make it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "streams/stream.h"

namespace headrace::services::kinesis {

struct PutRecordsText {
  std::optional<std::string> stream_name;
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  bool dry_run = false;
  streams::Draft draft;
};

// Larger bodies go the general way, which has the same bounds on what is in them.
inline constexpr std::size_t kPutRecordsBodyMax = 32UL << 20;

inline constexpr std::size_t kPartitionKeyMax = 256;
// As the general reader has it: its pattern and its length.
bool is_stream_arn(std::string_view text);

// Takes a request part by part, data straight into the draft's arena. False from any call: it
// breaks a rule or has a part twice, so the general reader shall say what it is. Text is given in
// ASCII only.
class PutRecordsBuilder {
 public:
  // The data and keys of all records have at most `bytes_max` bytes.
  explicit PutRecordsBuilder(std::size_t bytes_max);

  bool stream_name(std::string_view name);
  bool stream_arn(std::string_view arn);
  bool begin_records();
  bool begin_record();
  // Where the record's data goes, null when it had some: write it there, then data().
  char* room_for_data();
  void data(std::size_t size) { data_size_ = size; }
  bool partition_key(std::string_view key);  // a view until end_record()
  bool explicit_hash_key(std::string_view key);
  bool end_record();
  // Nothing: something is missing.
  std::optional<PutRecordsText> finish();

 private:
  PutRecordsText text_;
  bool has_records_ = false;
  std::size_t bytes_ = 0;
  // Of the record between begin and end.
  std::optional<std::size_t> data_size_;
  std::optional<std::string_view> key_;
  bool is_hashed_ = false;
};

}  // namespace headrace::services::kinesis
