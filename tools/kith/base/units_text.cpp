// SPDX-License-Identifier: MPL-2.0
#include "kith/base/units_text.hpp"

#include <cstdio>

#include <nlohmann/json.hpp>

namespace kith::tool {
namespace {

std::string rounded(double value, const char* unit) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %s", value, unit);
  return text;
}

}  // namespace

std::string time_of_day(wall_time when) {
  const std::chrono::hh_mm_ss clock{when - std::chrono::floor<std::chrono::days>(when)};
  char text[32];
  std::snprintf(text, sizeof text, "%02d:%02d:%02d.%06d", static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text;
}

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string iso_text(wall_time when) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(when)};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  return text + time_of_day(when) + "Z";
}

std::string span_text(std::int64_t microseconds) {
  char text[32];
  const auto value = static_cast<double>(microseconds);
  if (microseconds <= 0) {
    return "-";
  }
  if (microseconds < 1000) {
    std::snprintf(text, sizeof text, "%lld us", static_cast<long long>(microseconds));
  } else if (microseconds < 1'000'000) {
    std::snprintf(text, sizeof text, microseconds < 100'000 ? "%.2f ms" : "%.0f ms", value / 1e3);
  } else {
    std::snprintf(text, sizeof text, "%.1f s", value / 1e6);
  }
  return text;
}

std::string time_text(std::int64_t microseconds) {
  return iso_text(wall_time{std::chrono::microseconds{microseconds}});
}

std::string age_text(std::int64_t microseconds) {
  const auto seconds = static_cast<double>(microseconds) / 1e6;
  constexpr double minute = 60;
  constexpr double hour = 60 * minute;
  constexpr double day = 24 * hour;
  return seconds < 0            ? "-"
         : seconds < 2 * minute ? std::to_string(static_cast<int>(seconds)) + " s"
         : seconds < 2 * hour   ? std::to_string(static_cast<int>(seconds / minute)) + " min"
         : seconds < 2 * day    ? rounded(seconds / hour, "h")
                                : rounded(seconds / day, "days");
}

std::string octets_text(std::uint64_t octets) {
  constexpr std::uint64_t step = 1024;
  const auto value = static_cast<double>(octets);
  return octets < step                 ? std::to_string(octets)
         : octets < step * step        ? rounded(value / step, "KiB")
         : octets < step * step * step ? rounded(value / (step * step), "MiB")
                                       : rounded(value / (step * step * step), "GiB");
}

}  // namespace kith::tool
