// SPDX-License-Identifier: MPL-2.0
#include "storefront/generated_orders.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace storefront {
namespace {

struct article {
  std::string_view stock_code;
  std::string_view description;
  std::int64_t price;  // in ten-thousandths of a pound
};

constexpr std::array<article, 16> articles{{
    {"10001", "ENAMEL JUG, WHITE", 5'9500},
    {"10002", "BEESWAX CANDLE", 2'5500},
    {"10002B", "BEESWAX CANDLE, BLACK", 2'5500},
    {"10017", "LINEN NAPKIN, SET OF 4", 8'4000},
    {"10025", "TIN TRAY \"HARBOUR\"", 3'7500},
    {"10031", "WOODEN SPOON", 8500},
    {"10044", "PAPER STAR", 4200},
    {"10058", "GLASS JAR 0.5 L", 1'2500},
    {"10060", "WOOL BLANKET", 24'9500},
    {"10072", "DOOR BELL, BRASS", 12'7500},
    {"10083", "PICTURE FRAME 7\"", 4'2500},
    {"10090", "GARDEN TWINE", 1'6500},
    {"10101", "SEED ENVELOPE", 10},  // a tenth of a penny each, by the thousand
    {"10110", "TEA TIN", 3'2500},
    {"10125", "GIFT VOUCHER £10.00", 10'0000},
    {"POST", "POSTAGE", 3'9500},
}};
constexpr std::array<std::string_view, 6> countries{"United Kingdom", "United Kingdom", "EIRE",
                                                    "Germany",        "France",         "Norway"};
constexpr std::size_t postage = articles.size() - 1;
constexpr std::size_t envelope = 12;

class generator {
 public:
  explicit generator(const generator_options& options) : chance_{options.seed}, options_{options} {}

  std::vector<invoice> run() {
    invoices_.reserve(options_.invoices);
    while (invoices_.size() < options_.invoices) {
      minute_ += below(4);
      const bool wants_return = below(100) < return_percent;
      if (!wants_return || !append_return()) {
        append_order();
      }
    }
    return std::move(invoices_);
  }

 private:
  static constexpr std::uint64_t return_percent = 5;
  static constexpr std::uint64_t new_customer_percent = 60;

  /// Uniform in [0, bound). Not a std distribution: those differ between libraries.
  std::uint64_t below(std::uint64_t bound) {
    __extension__ using wide = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<wide>(chance_()) * bound) >> 64U);
  }
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most - least + 1)));
  }

  void append_order() {
    auto order = opened(std::to_string(next_number_++), invoice_kind::order);
    if (customers_ == 0 || below(100) < new_customer_percent) {
      ++customers_;
      order.customer = std::to_string(first_customer + customers_ - 1);
    } else {
      order.customer = std::to_string(first_customer + below(customers_));
    }
    order.guest = below(20) == 0;
    if (order.guest) {
      order.customer = guest_of(order.number);
    }
    order.country = countries[below(countries.size())];
    const auto lines = between(1, 8);
    for (std::int64_t i = 0; i < lines; ++i) {
      const auto which = below(postage);
      add(order, articles[which], which == envelope ? 1000 * between(1, 5) : between(1, 12));
    }
    if (below(5) == 0) {
      add(order, articles[postage], 1);
    }
    if (!order.guest) {
      returnable_.push_back(invoices_.size());
    }
    invoices_.push_back(std::move(order));
  }

  /// Gives back some lines of an order of which nothing was given back before.
  bool append_return() {
    if (returnable_.empty()) {
      return false;
    }
    const auto at = returnable_.begin() + static_cast<std::ptrdiff_t>(below(returnable_.size()));
    const auto order = *at;
    returnable_.erase(at);
    auto back = opened("C" + std::to_string(next_number_++), invoice_kind::goods_return);
    back.customer = invoices_[order].customer;
    back.country = invoices_[order].country;
    const auto lines = 1 + below(invoices_[order].lines.size());
    for (std::size_t i = 0; i < lines; ++i) {
      auto line = invoices_[order].lines[i];
      line.quantity = -between(1, line.quantity);
      append(back, std::move(line));
    }
    invoices_.push_back(std::move(back));
    return true;
  }

  [[nodiscard]] invoice opened(std::string number, invoice_kind kind) const {
    invoice fresh;
    fresh.number = std::move(number);
    fresh.kind = kind;
    fresh.timestamp = timestamp();
    fresh.total = money::zero("GBP");
    fresh.first_line = invoices_.size() + 1;
    return fresh;
  }

  static void add(invoice& order, const article& what, std::int64_t quantity) {
    append(order, {std::string{what.stock_code},
                   std::string{what.description},
                   quantity,
                   {what.price, "GBP"}});
  }

  static void append(invoice& to, invoice_line line) {
    // A few lines of a few pounds are far from the end of the range.
    if (!append_line(to, std::move(line))) {
      throw std::logic_error{"a generated invoice overflows"};
    }
  }

  /// Opening hours, ten to six; only a text for people.
  [[nodiscard]] std::string timestamp() const {
    constexpr std::uint64_t minutes_open = 8 * 60;
    const auto minute = minute_ % minutes_open;
    const auto day = minute_ / minutes_open % 28 + 1;
    const auto month = minute_ / minutes_open / 28 % 12 + 1;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "2025-%02u-%02u %02u:%02u:00",
                  static_cast<unsigned>(month), static_cast<unsigned>(day),
                  static_cast<unsigned>(10 + minute / 60), static_cast<unsigned>(minute % 60));
    return text.data();
  }

  static constexpr std::uint64_t first_customer = 20'000;

  std::mt19937_64 chance_;
  generator_options options_;
  std::vector<invoice> invoices_;
  std::vector<std::size_t> returnable_;  // orders, by their place in invoices_
  std::uint64_t customers_ = 0;
  std::uint64_t next_number_ = 700'001;
  std::uint64_t minute_ = 0;
};

}  // namespace

std::vector<invoice> generated_orders(const generator_options& options) {
  return generator{options}.run();
}

}  // namespace storefront
