#include "wire/sigv4_date.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace headrace::wire {
namespace {

// The number that `text` spells in digits alone, or -1.
int digits(std::string_view text) {
  int out = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    out = out * 10 + (c - '0');
  }
  return text.empty() ? -1 : out;
}

std::optional<WallTime> to_wall_time(int year, int month, int day, int hour, int minute,
                                     int second) {
  using namespace std::chrono;
  if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0) {
    return std::nullopt;
  }
  const year_month_day date{std::chrono::year(year), std::chrono::month(unsigned(month)),
                            std::chrono::day(unsigned(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto days = sys_days(date).time_since_epoch();
  return WallTime{
      duration_cast<milliseconds>(days + hours(hour) + minutes(minute) + seconds(second)).count()};
}

}  // namespace

std::string format_amz_date(WallTime time) {
  using namespace std::chrono;
  const sys_time<milliseconds> point{milliseconds(time.ms)};
  const sys_days day = floor<days>(point);
  const year_month_day ymd(day);
  const auto of_day = (point - day).count() / 1000;
  std::array<char, 48> out{};
  std::snprintf(out.data(), out.size(), "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(ymd.year()),
                static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                static_cast<int>(of_day / 3600), static_cast<int>(of_day / 60 % 60),
                static_cast<int>(of_day % 60));
  return out.data();
}

std::optional<WallTime> parse_amz_date(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  return to_wall_time(digits(text.substr(0, 4)), digits(text.substr(4, 2)),
                      digits(text.substr(6, 2)), digits(text.substr(9, 2)),
                      digits(text.substr(11, 2)), digits(text.substr(13, 2)));
}

}  // namespace headrace::wire
