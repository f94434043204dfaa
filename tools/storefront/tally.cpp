// SPDX-License-Identifier: MPL-2.0
#include "storefront/tally.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace storefront {
namespace {

std::string padded(std::string text, std::size_t width) {
  // Amounts and labels are ASCII, so octets are columns.
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string row(const char* sign, const std::string& label, std::uint64_t count,
                const money::amount& sum) {
  char text[64];
  std::snprintf(text, sizeof text, "  %s %-34s %8llu", sign, label.c_str(),
                static_cast<unsigned long long>(count));
  return text + padded(money::format(sum, {.places = 3, .grouped = true}), 18) + "\n";
}

std::string in_ms(std::chrono::microseconds span) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", static_cast<double>(span.count()) / 1000.0);
  return text;
}

kith::result<void> add_to(money::amount& sum, const money::amount& more) {
  if (more.ten_thousandths == 0) {
    return {};
  }
  auto total = money::add(sum, more);
  if (!total) {
    return tl::make_unexpected(std::move(total.error()));
  }
  sum = std::move(*total);
  return {};
}

}  // namespace

tally::tally(std::string currency)
    : captured_sum_{money::zero(currency)},
      declined_sum_{money::zero(currency)},
      refunded_sum_{money::zero(currency)},
      unmatched_sum_{money::zero(currency)} {}

kith::result<void> tally::settled(const settlement& how, std::chrono::microseconds latency) {
  for (const auto& [sum, more] : {std::pair{&captured_sum_, &how.captured},
                                  {&declined_sum_, &how.declined},
                                  {&refunded_sum_, &how.refunded},
                                  {&unmatched_sum_, &how.unmatched}}) {
    if (auto added = add_to(*sum, *more); !added) {
      return added;
    }
  }
  if (how.kind == invoice_kind::goods_return) {
    ++returns_;
    refunded_ += how.refunded.ten_thousandths != 0 ? 1 : 0;
  } else if (how.decline_code.empty()) {
    ++paid_;
  } else {
    ++declined_;
    ++decline_codes_[how.decline_code];
  }
  latencies_.push_back(
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(latency.count(), 0, 0xffffffffLL)));
  return {};
}

std::chrono::microseconds tally::latency(double quantile) const {
  if (latencies_.empty()) {
    return {};
  }
  auto sorted = latencies_;
  const auto rank = static_cast<std::size_t>(quantile * static_cast<double>(sorted.size() - 1));
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(rank),
                   sorted.end());
  return std::chrono::microseconds{sorted[rank]};
}

std::string tally::progress(std::chrono::milliseconds elapsed, std::size_t of) const {
  const auto seconds = std::max(0.001, static_cast<double>(elapsed.count()) / 1000.0);
  char text[256];
  std::snprintf(text, sizeof text,
                "%6.1f s  placed %llu/%zu  paid %llu  declined %llu  refunded %llu  %5.0f/s  "
                "settled p50 %s p99 %s",
                seconds, static_cast<unsigned long long>(placed_), of,
                static_cast<unsigned long long>(paid_), static_cast<unsigned long long>(declined_),
                static_cast<unsigned long long>(refunded_),
                static_cast<double>(settled_count()) / seconds, in_ms(latency(0.5)).c_str(),
                in_ms(latency(0.99)).c_str());
  return text;
}

kith::result<tally::verdict> tally::balance(const retail_book& input) const {
  verdict v;
  auto result = captured_sum_;
  for (const auto kind :
       {row_class::order_line, row_class::return_line, row_class::adjustment, row_class::zero_price,
        row_class::stock_adjustment, row_class::unparsed}) {
    const auto& read = input.of(kind);
    v.table += row(" ", "rows read: " + std::string{name_of(kind)}, read.rows, read.sum);
  }
  v.table += row(" ", "rows read: all", input.rows, input.total) + "\n";
  auto negative_refunds = money::negate(refunded_sum_);
  if (!negative_refunds) {
    return tl::make_unexpected(std::move(negative_refunds.error()));
  }
  v.table += row("+", "captured (orders paid)", paid_, captured_sum_);
  v.table += row("-", "refunded (returns)", refunded_, refunded_sum_);
  v.table += row("+", "declined (orders)", declined_, declined_sum_);
  for (const auto& [code, count] : decline_codes_) {
    v.table += "        " + code + ": " + std::to_string(count) + "\n";
  }
  v.table += row("+", "return_unmatched (of all returns)", returns_, unmatched_sum_);
  std::vector<money::amount> parts{*negative_refunds, declined_sum_, unmatched_sum_};
  for (const auto kind :
       {row_class::adjustment, row_class::zero_price, row_class::stock_adjustment}) {
    const auto& skipped = input.of(kind);
    v.table += row("+", "skipped rows: " + std::string{name_of(kind)}, skipped.rows, skipped.sum);
    parts.push_back(skipped.sum);
  }
  for (const auto& part : parts) {
    if (auto added = add_to(result, part); !added) {
      return tl::make_unexpected(std::move(added.error()));
    }
  }
  v.table += row("=", "accounted for (rows)", input.rows, result);
  v.adds_up = result.ten_thousandths == input.total.ten_thousandths;
  return v;
}

}  // namespace storefront
