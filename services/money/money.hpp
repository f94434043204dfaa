// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Money: a 64-bit count of ten-thousandths of the currency's unit, with its ISO 4217 code. Never
/// floating point, never rounded: what does not fit is an error.
///
/// Pure functions; safe from any thread. Errors: `invalid_argument` (not a decimal, unknown or
/// mixed currency; `where` says which) and `overflow`.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include <kith/contract.hpp>
#include <kith/errors.hpp>

namespace money {

/// Four decimals: enough for every active currency (CLF and UYW have four) and for shop prices of
/// a tenth of a penny.
inline constexpr std::int64_t units = 10'000;

struct amount {
  std::int64_t ten_thousandths = 0;
  std::string currency;  ///< "GBP"

  friend bool operator==(const amount&, const amount&) = default;
};
KITH_DESCRIBE(amount, ten_thousandths, currency)

/// "2.55", "0.001", "-11062.06": an optional minus, digits, and at most four decimals. No spaces,
/// exponents, separators or plus sign.
kith::result<amount> parse(std::string_view decimal, std::string_view currency);

/// Nothing, in that currency. The code is not checked here: `check_currency` does.
amount zero(std::string_view currency);

/// Both must be of one currency.
kith::result<amount> add(const amount& left, const amount& right);
kith::result<amount> subtract(const amount& left, const amount& right);
kith::result<std::strong_ordering> compare(const amount& left, const amount& right);
kith::result<amount> multiply(const amount& price, std::int64_t quantity);
kith::result<amount> negate(const amount& value);

struct format_options {
  int places = 2;        ///< decimals at least; more are shown when they are not zero, 4 at most
  bool grouped = false;  ///< "748,957.020", for people; `parse` does not take it back
};
/// The number alone: "2.55", "0.001".
std::string format(const amount& value, format_options options = {});
/// With its currency: "2.55 GBP".
std::string to_string(const amount& value);

}  // namespace money
