// SPDX-License-Identifier: MPL-2.0
#include "money/money.hpp"

#include <algorithm>

#include "money/currency.hpp"

namespace money {
namespace {

constexpr std::size_t decimals = 4;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

tl::unexpected<kith::error> not_a_decimal(std::string_view text) {
  // A hostile text may be long, and the message goes to a log.
  return kith::fail(kith::errc::invalid_argument,
                    "\"" + std::string{text.substr(0, 40)} +
                        "\" is not an amount: digits with at most four decimals",
                    kith::outcome::not_sent, "amount");
}

tl::unexpected<kith::error> overflow(const std::string& what) {
  return kith::fail(kith::errc::overflow, what + " leaves the range of an amount");
}

/// Appends one digit; false when the number left its range. Negative numbers have the longer range.
bool push_digit(std::int64_t& value, char digit) noexcept {
  return !__builtin_mul_overflow(value, 10, &value) &&
         !__builtin_sub_overflow(value, digit - '0', &value);
}

kith::result<void> same_currency(const amount& left, const amount& right) {
  if (left.currency != right.currency) {
    return kith::fail(
        kith::errc::invalid_argument,
        "amounts of two currencies, " + left.currency + " and " + right.currency + ", do not mix",
        kith::outcome::not_sent, "currency");
  }
  return {};
}

std::string grouped_digits(std::string digits) {
  for (std::size_t end = digits.size(); end > 3; end -= 3) {
    digits.insert(end - 3, 1, ',');
  }
  return digits;
}

}  // namespace

kith::result<amount> parse(std::string_view decimal, std::string_view currency) {
  if (auto known = check_currency(currency); !known) {
    return tl::make_unexpected(known.error());
  }
  const bool negative = !decimal.empty() && decimal.front() == '-';
  const auto number = decimal.substr(negative ? 1 : 0);
  const auto point = std::min(number.find('.'), number.size());
  const auto whole = number.substr(0, point);
  const auto fraction = number.substr(std::min(point + 1, number.size()));
  const bool has_point = point < number.size();
  if (whole.empty() || (has_point && fraction.empty()) || fraction.size() > decimals ||
      !std::all_of(whole.begin(), whole.end(), is_digit) ||
      !std::all_of(fraction.begin(), fraction.end(), is_digit)) {
    return not_a_decimal(decimal);
  }
  std::int64_t value = 0;
  bool fits = true;
  for (const char digit : whole) {
    fits = fits && push_digit(value, digit);
  }
  for (std::size_t i = 0; i < decimals; ++i) {
    fits = fits && push_digit(value, i < fraction.size() ? fraction[i] : '0');
  }
  if (!fits || (!negative && __builtin_sub_overflow(std::int64_t{0}, value, &value))) {
    return overflow("\"" + std::string{decimal.substr(0, 40)} + "\"");
  }
  return amount{value, std::string{currency}};
}

amount zero(std::string_view currency) {
  return {0, std::string{currency}};
}

kith::result<amount> add(const amount& left, const amount& right) {
  return same_currency(left, right).and_then([&]() -> kith::result<amount> {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(left.ten_thousandths, right.ten_thousandths, &sum)) {
      return overflow(to_string(left) + " + " + to_string(right));
    }
    return amount{sum, left.currency};
  });
}

kith::result<amount> subtract(const amount& left, const amount& right) {
  return same_currency(left, right).and_then([&]() -> kith::result<amount> {
    std::int64_t difference = 0;
    if (__builtin_sub_overflow(left.ten_thousandths, right.ten_thousandths, &difference)) {
      return overflow(to_string(left) + " - " + to_string(right));
    }
    return amount{difference, left.currency};
  });
}

kith::result<std::strong_ordering> compare(const amount& left, const amount& right) {
  return same_currency(left, right).map([&] {
    return left.ten_thousandths <=> right.ten_thousandths;
  });
}

kith::result<amount> multiply(const amount& price, std::int64_t quantity) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(price.ten_thousandths, quantity, &product)) {
    return overflow(to_string(price) + " x " + std::to_string(quantity));
  }
  return amount{product, price.currency};
}

kith::result<amount> negate(const amount& value) {
  return multiply(value, -1);
}

std::string format(const amount& value, format_options options) {
  const bool negative = value.ten_thousandths < 0;
  // Unsigned negation is defined for the smallest number too.
  const auto bits = static_cast<std::uint64_t>(value.ten_thousandths);
  const std::uint64_t magnitude = negative ? ~bits + 1 : bits;
  auto whole = std::to_string(magnitude / units);
  auto fraction = std::to_string(magnitude % units);
  fraction.insert(0, decimals - fraction.size(), '0');
  const auto least = static_cast<std::size_t>(std::clamp(options.places, 0, 4));
  while (fraction.size() > least && fraction.back() == '0') {
    fraction.pop_back();
  }
  if (options.grouped) {
    whole = grouped_digits(std::move(whole));
  }
  return (negative ? "-" : "") + whole + (fraction.empty() ? "" : "." + fraction);
}

std::string to_string(const amount& value) {
  return format(value) + " " + value.currency;
}

}  // namespace money
