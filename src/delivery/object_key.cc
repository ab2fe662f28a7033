#include "delivery/object_key.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace headrace::delivery {
namespace {

constexpr std::string_view kDefaultTimePattern = "yyyy/MM/dd/HH/";
constexpr std::string_view kSupportedLetters = "yuMLdDHkKhmsSaEQnANXxZ";
constexpr std::size_t kRandomStringChars = 11;

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

struct Fields {
  long long year;
  unsigned month;
  unsigned day;
  unsigned weekday;  // 0: Sunday
  unsigned day_of_year;
  long long ms_of_day;
};

Fields fields_of(WallTime time) {
  using namespace std::chrono;
  const sys_time<milliseconds> point{milliseconds(time.ms)};
  const sys_days date = floor<days>(point);
  const year_month_day ymd(date);
  const sys_days new_year{ymd.year() / January / 1};
  return {.year = static_cast<int>(ymd.year()),
          .month = static_cast<unsigned>(ymd.month()),
          .day = static_cast<unsigned>(ymd.day()),
          .weekday = weekday(date).c_encoding(),
          .day_of_year = static_cast<unsigned>((date - new_year).count()) + 1,
          .ms_of_day = (point - date).count()};
}

std::string padded(long long value, std::size_t width) {
  std::string digits = std::to_string(value);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}

// Three letters, or the whole word when four or more are asked for.
std::string word(std::string_view full, std::size_t count) {
  return std::string(count >= 4 ? full : full.substr(0, 3));
}

std::string offset_of_utc(char letter, std::size_t count) {
  if (letter == 'X') return "Z";
  if (letter == 'Z' && count == 4) return "GMT";
  if ((letter == 'x' && (count == 3 || count == 5)) || (letter == 'Z' && count == 5)) {
    return letter == 'Z' ? "Z" : "+00:00";
  }
  return letter == 'x' && count == 1 ? "+00" : "+0000";
}

std::string field(char letter, std::size_t count, const Fields& f) {
  const long long seconds = f.ms_of_day / 1000;
  const long long hour = seconds / 3600;
  switch (letter) {
    case 'y':
    case 'u': return count == 2 ? padded(f.year % 100, 2) : padded(f.year, count);
    case 'M':
    case 'L': return count >= 3 ? word(kMonths[f.month - 1], count) : padded(f.month, count);
    case 'Q':
      return count >= 3 ? "Q" + std::to_string((f.month + 2) / 3)
                        : padded((f.month + 2) / 3, count);
    case 'd': return padded(f.day, count);
    case 'D': return padded(f.day_of_year, count);
    case 'E': return word(kDays[f.weekday], count);
    case 'a': return hour < 12 ? "AM" : "PM";
    case 'H': return padded(hour, count);
    case 'k': return padded(hour == 0 ? 24 : hour, count);
    case 'K': return padded(hour % 12, count);
    case 'h': return padded(hour % 12 == 0 ? 12 : hour % 12, count);
    case 'm': return padded(seconds / 60 % 60, count);
    case 's': return padded(seconds % 60, count);
    case 'S': {
      std::string fraction = padded(f.ms_of_day % 1000, 3) + "000000";
      fraction.resize(count, '0');
      return fraction;
    }
    case 'n': return padded(f.ms_of_day % 1000 * 1'000'000, count);
    case 'A': return padded(f.ms_of_day, count);
    case 'N': return padded(f.ms_of_day * 1'000'000, count);
    default: return offset_of_utc(letter, count);
  }
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Calls `literal` for text and `letters` for each run of one pattern letter.
template <typename Literal, typename Letters>
void walk_pattern(std::string_view pattern, Literal literal, Letters letters) {
  for (std::size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    if (c == '\'') {
      if (i + 1 < pattern.size() && pattern[i + 1] == '\'') {
        literal(std::string_view("'"));
        i += 2;
        continue;
      }
      const std::size_t close = std::min(pattern.find('\'', i + 1), pattern.size());
      literal(pattern.substr(i + 1, close - i - 1));
      i = close + 1;
    } else if (is_letter(c)) {
      const std::size_t end = std::min(pattern.find_first_not_of(c, i), pattern.size());
      letters(c, end - i);
      i = end;
    } else {
      literal(pattern.substr(i, 1));
      ++i;
    }
  }
}

std::string field_name(Prefix::Use use) {
  return use == Prefix::Use::kPrefix ? "Prefix" : "ErrorOutputPrefix";
}

std::unexpected<Error> bad_conversion(Prefix::Use use) {
  return fail(
      ErrorCode::kInvalidArgument,
      "Invalid conversion character used in the value of the expression in " + field_name(use));
}

}  // namespace

char unsupported_time_letter(std::string_view pattern) {
  char bad = 0;
  walk_pattern(
      pattern,
      [&](std::string_view text) {
        if (text == "[" || text == "]" || text == "{" || text == "}" || text == "#") bad = text[0];
      },
      [&](char letter, std::size_t count) {
        if (kSupportedLetters.find(letter) == std::string_view::npos || count > 9) bad = letter;
      });
  return bad;
}

std::string format_time(std::string_view pattern, WallTime time) {
  const Fields fields = fields_of(time);
  std::string out;
  walk_pattern(
      pattern, [&](std::string_view text) { out.append(text); },
      [&](char letter, std::size_t count) { out.append(field(letter, count, fields)); });
  return out;
}

Status Prefix::add_expression(std::string_view expression, Use use) {
  const std::size_t colon = expression.find(':');
  const std::string_view space = expression.substr(0, colon);
  const std::string_view value =
      colon == std::string_view::npos ? std::string_view{} : expression.substr(colon + 1);
  if (space == "timestamp" && !value.empty()) {
    if (unsupported_time_letter(value) != 0) return bad_conversion(use);
    parts_.push_back({Kind::kTimestamp, std::string(value)});
  } else if (space == "firehose" && value == "random-string") {
    parts_.push_back({Kind::kRandomString, {}});
  } else if (space == "firehose" && value == "error-output-type") {
    if (use == Use::kPrefix) {
      return fail(ErrorCode::kInvalidArgument,
                  "Prefix must not contain any occurrence of !{firehose:error-output-type}");
    }
    has_error_output_type_ = true;
    parts_.push_back({Kind::kErrorOutputType, {}});
  } else if (space == "firehose") {
    return bad_conversion(use);
  } else if (space == "partitionKeyFromQuery" || space == "partitionKeyFromLambda") {
    return fail(
        ErrorCode::kInvalidArgument,
        use == Use::kPrefix
            ? "Dynamic Partitioning Namespaces can only be part of a prefix expression when "
              "Dynamic Partitioning is enabled."
            : "Dynamic Partitioning Namespaces can't be part of an error prefix expression");
  } else {
    return fail(ErrorCode::kInvalidArgument, "Invalid expression in " + field_name(use) + ": !{" +
                                                 std::string(expression) + "}");
  }
  return {};
}

Result<Prefix> Prefix::parse(std::string_view text, Use use) {
  Prefix prefix;
  while (!text.empty()) {
    const std::size_t open = text.find("!{");
    if (open != 0) prefix.parts_.push_back({Kind::kLiteral, std::string(text.substr(0, open))});
    if (open == std::string_view::npos) break;
    const std::size_t close = text.find('}', open);
    if (close == std::string_view::npos) {
      return fail(ErrorCode::kInvalidArgument,
                  "Invalid expression in " + field_name(use) + ": '!{' is not closed");
    }
    prefix.has_expressions_ = true;
    RETURN_IF_ERROR(prefix.add_expression(text.substr(open + 2, close - open - 2), use));
    text.remove_prefix(close + 1);
  }
  return prefix;
}

std::string Prefix::evaluate(WallTime oldest_arrival, Random& random,
                             std::string_view error_output_type) const {
  std::string out;
  for (const Part& part : parts_) {
    switch (part.kind) {
      case Kind::kLiteral: out.append(part.text); break;
      case Kind::kTimestamp: out.append(format_time(part.text, oldest_arrival)); break;
      case Kind::kRandomString: out.append(random.uuid().substr(0, kRandomStringChars)); break;
      case Kind::kErrorOutputType: out.append(error_output_type); break;
    }
  }
  if (!has_expressions_) out.append(format_time(kDefaultTimePattern, oldest_arrival));
  return out;
}

std::string object_suffix(std::string_view delivery_stream, std::string_view version,
                          WallTime oldest_arrival, std::string_view uuid,
                          std::string_view extension) {
  std::string out(delivery_stream);
  out.append("-").append(version).append("-");
  out.append(format_time("yyyy-MM-dd-HH-mm-ss", oldest_arrival));
  out.append("-").append(uuid).append(extension);
  return out;
}

}  // namespace headrace::delivery
