#include "wire/http_date.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <string_view>

namespace headrace::wire {
namespace {

constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

struct Fields {
  int day = 0;
  char month[4] = {};
  int year = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int used = 0;
};

bool scan(const std::string& text, Fields& f) {
  const auto complete = [&text](const Fields& fields) {
    return fields.used > 0 && static_cast<std::size_t>(fields.used) == text.size();
  };
  f = {};
  std::sscanf(text.c_str(), "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &f.day, f.month,
              &f.year, &f.hour, &f.minute, &f.second, &f.used);
  if (complete(f)) return true;
  f = {};
  std::sscanf(text.c_str(), "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT%n", &f.day, f.month,
              &f.year, &f.hour, &f.minute, &f.second, &f.used);
  f.year += f.year < 70 ? 2000 : 1900;
  if (complete(f)) return true;
  f = {};
  std::sscanf(text.c_str(), "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n", f.month, &f.day,
              &f.hour, &f.minute, &f.second, &f.year, &f.used);
  return complete(f);
}

}  // namespace

std::optional<WallTime> parse_http_date(std::string_view text) {
  using namespace std::chrono;
  Fields f;
  if (text.size() > 40 || !scan(std::string(text), f)) return std::nullopt;
  unsigned month_number = 0;
  for (unsigned i = 0; i < kMonths.size(); ++i) {
    if (std::string_view(kMonths[i]) == f.month) month_number = i + 1;
  }
  const year_month_day date{year(f.year), month(month_number), day(static_cast<unsigned>(f.day))};
  if (f.day < 1 || !date.ok() || f.hour < 0 || f.hour > 23 || f.minute < 0 || f.minute > 59 ||
      f.second < 0 || f.second > 60) {
    return std::nullopt;
  }
  const auto days = sys_days(date).time_since_epoch();
  return WallTime{
      duration_cast<milliseconds>(days + hours(f.hour) + minutes(f.minute) + seconds(f.second))
          .count()};
}

std::string format_http_date(WallTime time) {
  using namespace std::chrono;
  const sys_seconds point = floor<seconds>(sys_time<milliseconds>(milliseconds(time.ms)));
  const sys_days date = floor<days>(point);
  const year_month_day ymd(date);
  const auto of_day = (point - date).count();
  char out[64];
  std::snprintf(out, sizeof out, "%s, %02u %s %04d %02d:%02d:%02d GMT",
                kDays[weekday(date).c_encoding()], static_cast<unsigned>(ymd.day()),
                kMonths[static_cast<unsigned>(ymd.month()) - 1], static_cast<int>(ymd.year()),
                static_cast<int>(of_day / 3600), static_cast<int>(of_day / 60 % 60),
                static_cast<int>(of_day % 60));
  return out;
}

}  // namespace headrace::wire
