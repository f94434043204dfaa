// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// How a shop's load goes up and down: which share of all invoices is due by when. Pure.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <istream>
#include <string_view>
#include <utility>
#include <vector>

#include <kith/errors.hpp>

namespace storefront {

class load_shape {
 public:
  static constexpr std::size_t max_values = 1'000'000;

  /// One value for each of so many equal parts of the time. They are scaled, so their unit does not
  /// matter. Errors: `invalid_argument`, for a value that is negative or not finite, and when no
  /// value is above zero.
  static kith::result<load_shape> from_values(const std::vector<double>& values);

  /// Reads the column `value` of CSV with a heading, as recorded series of requests come. `name`
  /// names the input in errors, which are `bad_config` and `io_error`.
  static kith::result<load_shape> read(std::istream& input, std::string_view name);

  /// For those who have no file: seven days with nights, noons and evenings, and three surges.
  static load_shape made();

  /// How many of `count` are due when `elapsed` of `whole` has passed. Never falls; is all of
  /// `count` at the end.
  [[nodiscard]] std::uint64_t due(std::chrono::milliseconds elapsed,
                                  std::chrono::milliseconds whole,
                                  std::uint64_t count) const noexcept;

 private:
  explicit load_shape(std::vector<double> shares) noexcept : shares_{std::move(shares)} {}

  std::vector<double> shares_;  // of the whole, up to the end of each part; the last one is 1
};

}  // namespace storefront
