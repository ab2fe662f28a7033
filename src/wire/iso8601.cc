#include <chrono>
#include <cstdio>

#include "wire/bind.h"

namespace headrace::wire {

std::optional<WallTime> parse_iso8601(std::string_view text) {
  using namespace std::chrono;
  int year_number = 0;
  int month_number = 0;
  int day_number = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int used = 0;
  const std::string copy(text.substr(0, 40));
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &year_number, &month_number,
                  &day_number, &hour, &minute, &second, &used) != 6) {
    return std::nullopt;
  }
  const year_month_day date{year(year_number), month(static_cast<unsigned>(month_number)),
                            day(static_cast<unsigned>(day_number))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  std::string_view rest = std::string_view(copy).substr(static_cast<std::size_t>(used));
  std::int64_t ms = 0;
  if (rest.starts_with(".")) {
    rest.remove_prefix(1);
    std::int64_t scale = 100;
    while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
      ms += (rest[0] - '0') * scale;
      scale /= 10;
      rest.remove_prefix(1);
    }
  }
  if (rest != "Z" && rest != "+00:00" && !rest.empty()) return std::nullopt;
  const auto days = sys_days(date).time_since_epoch();
  return WallTime{
      duration_cast<milliseconds>(days + hours(hour) + minutes(minute) + seconds(second)).count() +
      ms};
}

std::string format_iso8601(WallTime time) {
  using namespace std::chrono;
  const sys_time<milliseconds> point{milliseconds(time.ms)};
  const sys_days date = floor<days>(point);
  const year_month_day ymd(date);
  const auto of_day = (point - date).count();
  char out[48];
  std::snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                static_cast<unsigned>(ymd.day()), static_cast<int>(of_day / 3'600'000),
                static_cast<int>(of_day / 60'000 % 60), static_cast<int>(of_day / 1000 % 60),
                static_cast<int>(of_day % 1000));
  return out;
}

}  // namespace headrace::wire
