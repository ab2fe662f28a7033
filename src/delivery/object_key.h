// Object keys of delivered objects: prefix expressions and the suffix of every name.
//
// Source: Amazon Data Firehose Developer Guide, "Understand custom prefixes for Amazon S3 objects"
// and "Amazon S3 object name format"; timestamp patterns are java.time.format.DateTimeFormatter's,
// evaluated in UTC.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"

namespace headrace::delivery {

// A parsed Prefix or ErrorOutputPrefix.
class Prefix {
 public:
  enum class Use { kPrefix, kErrorOutputPrefix };

  // kInvalidArgument with the service's words for what it refuses, and for the pattern letters
  // that Headrace does not evaluate.
  static Result<Prefix> parse(std::string_view text, Use use);

  bool has_expressions() const { return has_expressions_; }
  bool has_error_output_type() const { return has_error_output_type_; }

  // Without expressions "yyyy/MM/dd/HH/" is appended, with no slash before it.
  std::string evaluate(WallTime oldest_arrival, Random& random,
                       std::string_view error_output_type = {}) const;

 private:
  enum class Kind { kLiteral, kTimestamp, kRandomString, kErrorOutputType };
  struct Part {
    Kind kind;
    std::string text;  // the literal, or the timestamp pattern
  };

  Status add_expression(std::string_view expression, Use use);

  std::vector<Part> parts_;
  bool has_expressions_ = false;
  bool has_error_output_type_ = false;
};

// "<name>-<version>-<yyyy-MM-dd-HH-mm-ss>-<uuid><extension>"
std::string object_suffix(std::string_view delivery_stream, std::string_view version,
                          WallTime oldest_arrival, std::string_view uuid,
                          std::string_view extension);

// `pattern` evaluated at `time` in UTC, once unsupported_time_letter has found nothing in it.
std::string format_time(std::string_view pattern, WallTime time);
// The first letter that cannot be evaluated, or 0.
char unsupported_time_letter(std::string_view pattern);

}  // namespace headrace::delivery
