// SPDX-License-Identifier: MPL-2.0
#include "storefront/load_shape.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "storefront/csv_reader.hpp"

namespace storefront {
namespace {

std::optional<double> number_in(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0') {
    return std::nullopt;
  }
  return value;
}

}  // namespace

kith::result<load_shape> load_shape::from_values(const std::vector<double>& values) {
  double sum = 0;
  std::vector<double> shares;
  shares.reserve(values.size());
  for (const double value : values) {
    if (!std::isfinite(value) || value < 0) {
      return kith::fail(kith::errc::invalid_argument,
                        "a load of " + std::to_string(value) + " is none");
    }
    sum += value;
    shares.push_back(sum);
  }
  if (!std::isfinite(sum) || sum <= 0) {
    return kith::fail(kith::errc::invalid_argument, "a load needs one value above zero");
  }
  for (double& share : shares) {
    share /= sum;
  }
  shares.back() = 1;
  return load_shape{std::move(shares)};
}

kith::result<load_shape> load_shape::read(std::istream& input, std::string_view name) {
  const std::string where{name};
  csv_reader reader{input};
  csv_record record;
  if (!reader.next(record)) {
    return kith::fail(kith::errc::bad_config, where + " is empty");
  }
  const auto heading = std::find(record.fields.begin(), record.fields.end(), "value");
  if (heading == record.fields.end()) {
    return kith::fail(kith::errc::bad_config, where + ": the heading names no column \"value\"");
  }
  const auto column = static_cast<std::size_t>(heading - record.fields.begin());
  std::vector<double> values;
  while (reader.next(record)) {
    const auto value =
        column < record.fields.size() ? number_in(record.fields[column]) : std::nullopt;
    if (!record.fault.empty() || !value || values.size() == max_values) {
      return kith::fail(kith::errc::bad_config,
                        where + " line " + std::to_string(record.line) + ": " +
                            (!record.fault.empty()         ? record.fault
                             : values.size() == max_values ? "too many values"
                                                           : "no number in the column \"value\""));
    }
    values.push_back(*value);
  }
  if (reader.input_failed()) {
    return kith::fail(kith::errc::io_error, "cannot read " + where);
  }
  auto shape = from_values(values);
  if (!shape) {
    return kith::fail(kith::errc::bad_config, where + ": " + shape.error().message);
  }
  return shape;
}

load_shape load_shape::made() {
  constexpr std::size_t days = 7;
  constexpr std::size_t parts_a_day = 288;  // of five minutes
  constexpr double night = 0.15;
  const auto bump = [](double hour, double at, double width) {
    const double far = (hour - at) / width;
    return std::exp(-far * far);
  };
  std::vector<double> values;
  for (std::size_t part = 0; part < days * parts_a_day; ++part) {
    const double hour = static_cast<double>(part % parts_a_day) / 12.0;
    const auto day = part / parts_a_day;
    double value = night + bump(hour, 12.5, 2.5) + 0.7 * bump(hour, 20, 1.5);
    if (day % 3 == 1) {
      value += 6 * bump(hour, 15, 0.4);  // somebody was on television
    }
    values.push_back(value);
  }
  auto shape = from_values(values);
  return std::move(*shape);
}

std::uint64_t load_shape::due(std::chrono::milliseconds elapsed, std::chrono::milliseconds whole,
                              std::uint64_t count) const noexcept {
  if (elapsed >= whole) {
    return count;
  }
  if (elapsed.count() <= 0) {
    return 0;
  }
  const double at = static_cast<double>(elapsed.count()) / static_cast<double>(whole.count()) *
                    static_cast<double>(shares_.size());
  const auto part = std::min(static_cast<std::size_t>(at), shares_.size() - 1);
  const double before = part == 0 ? 0 : shares_[part - 1];
  const double share = before + (shares_[part] - before) * (at - static_cast<double>(part));
  return static_cast<std::uint64_t>(share * static_cast<double>(count));
}

}  // namespace storefront
