#include "wire/date.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace headrace::wire {
namespace {

struct Parts {
  int year;
  int month;
  int day;
  int hour;
  int minute;
  int second;
};

// The number that `text` spells in digits alone, or -1.
int digits(std::string_view text) {
  int out = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    out = out * 10 + (c - '0');
  }
  return text.empty() ? -1 : out;
}

std::optional<WallTime> to_wall_time(const Parts& parts) {
  using namespace std::chrono;
  const auto [y, mo, d, h, mi, s] = parts;
  if (y < 0 || mo < 0 || d < 0 || h < 0 || mi < 0 || s < 0) return std::nullopt;
  const year_month_day date{year(y), month(static_cast<unsigned>(mo)),
                            day(static_cast<unsigned>(d))};
  if (!date.ok() || h > 23 || mi > 59 || s > 60) return std::nullopt;
  const auto of_day = hours(h) + minutes(mi) + seconds(s);
  return WallTime{duration_cast<milliseconds>(sys_days(date).time_since_epoch() + of_day).count()};
}

Parts to_parts(WallTime time) {
  using namespace std::chrono;
  const sys_time<milliseconds> point{milliseconds(time.ms)};
  const sys_days date = floor<days>(point);
  const year_month_day ymd(date);
  const auto of_day = static_cast<int>((point - date).count() / 1000);
  return {static_cast<int>(ymd.year()),
          static_cast<int>(static_cast<unsigned>(ymd.month())),
          static_cast<int>(static_cast<unsigned>(ymd.day())),
          of_day / 3600,
          of_day / 60 % 60,
          of_day % 60};
}

}  // namespace

std::optional<WallTime> parse_iso8601(std::string_view text) {
  if (text.size() < 19 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':') {
    return std::nullopt;
  }
  auto time = to_wall_time({digits(text.substr(0, 4)), digits(text.substr(5, 2)),
                            digits(text.substr(8, 2)), digits(text.substr(11, 2)),
                            digits(text.substr(14, 2)), digits(text.substr(17, 2))});
  if (!time) return std::nullopt;
  std::string_view rest = text.substr(19);
  if (rest.starts_with(".")) {
    rest.remove_prefix(1);
    std::int64_t scale = 100;
    while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
      time->ms += (rest[0] - '0') * scale;
      scale /= 10;
      rest.remove_prefix(1);
    }
  }
  if (rest != "Z" && rest != "+00:00" && !rest.empty()) return std::nullopt;
  return time;
}

std::string format_iso8601(WallTime time) {
  const Parts p = to_parts(time);
  const auto ms = static_cast<int>(((time.ms % 1000) + 1000) % 1000);
  std::array<char, 96> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", p.year, p.month,
                p.day, p.hour, p.minute, p.second, ms);
  return out.data();
}

std::optional<WallTime> parse_amz_date(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  return to_wall_time({digits(text.substr(0, 4)), digits(text.substr(4, 2)),
                       digits(text.substr(6, 2)), digits(text.substr(9, 2)),
                       digits(text.substr(11, 2)), digits(text.substr(13, 2))});
}

std::string format_amz_date(WallTime time) {
  const Parts p = to_parts(time);
  std::array<char, 96> out{};
  std::snprintf(out.data(), out.size(), "%04d%02d%02dT%02d%02d%02dZ", p.year, p.month, p.day,
                p.hour, p.minute, p.second);
  return out.data();
}

}  // namespace headrace::wire
