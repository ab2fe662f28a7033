// From the bytes of an input to records.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/random.h"
#include "producer/record_queue.h"

namespace headrace::producer {

// Amazon Kinesis Data Streams' default limits: data and key of a record, a key's characters.
inline constexpr std::size_t kRecordBytesMax = 1UL << 20;
inline constexpr std::size_t kKeyCharactersMax = 256;
// A line past this ends the reading: it is hardly text.
inline constexpr std::size_t kLineBytesMax = 16UL << 20;

enum class Format {
  kLines,   // any bytes
  kNdjson,  // a JSON object each
};

// Cuts the input into lines and lines into records: the data is the line with its line feed, so
// that delivered objects hold lines again (a last line without one gets it). Blank lines are
// skipped. Not thread-safe.
class Lines {
 public:
  struct Options {
    Format format = Format::kLines;
    // A member of each line's object whose string, number or boolean is the partition key; empty:
    // keys are random. kNdjson only.
    std::string key_field;
  };
  using Accept = std::function<void(Record)>;
  // `data` as it would have been sent.
  using Reject = std::function<void(std::string_view data, std::string_view reason)>;

  Lines(Options options, Random& random, Accept accept, Reject reject);

  // kRequestTooLarge past kLineBytesMax.
  Status add(std::string_view piece);
  // No more will come: what is left is a line.
  void finish();

 private:
  void line(std::string_view text);
  Result<std::string> key_of(std::string_view text) const;
  std::string random_key();

  Options options_;
  Random& random_;
  Accept accept_;
  Reject reject_;
  std::string rest_;  // of a line whose end has not come yet
};

}  // namespace headrace::producer
