// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// What became of the invoices: counts, sums and latencies, and the table at the end. Pure.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <kith/errors.hpp>

#include "money/money.hpp"
#include "storefront/online_retail.hpp"

namespace storefront {

/// How one invoice ended, as the order service tells it.
struct settlement {
  invoice_kind kind = invoice_kind::order;
  money::amount captured;
  money::amount declined;
  money::amount refunded;
  money::amount unmatched;  ///< signed as the return's total: mostly negative
  std::string decline_code;
};

class tally {
 public:
  explicit tally(std::string currency);

  void placed() noexcept { ++placed_; }
  /// Errors: overflow, or another currency.
  kith::result<void> settled(const settlement& how, std::chrono::microseconds latency);
  void failed() noexcept { ++failed_; }

  [[nodiscard]] std::uint64_t settled_count() const noexcept { return latencies_.size(); }
  [[nodiscard]] std::uint64_t paid() const noexcept { return paid_; }
  [[nodiscard]] std::uint64_t declined() const noexcept { return declined_; }
  [[nodiscard]] std::uint64_t refunded() const noexcept { return refunded_; }
  [[nodiscard]] std::uint64_t failures() const noexcept { return failed_; }
  /// Nearest rank; zero when nothing has settled yet.
  [[nodiscard]] std::chrono::microseconds latency(double quantile) const;

  /// One line for a running terminal.
  [[nodiscard]] std::string progress(std::chrono::milliseconds elapsed, std::size_t of) const;

  struct verdict {
    std::string table;
    bool adds_up = false;
  };
  /// captured - refunded + declined + return_unmatched + skipped against the input's total.
  [[nodiscard]] kith::result<verdict> balance(const retail_book& input) const;

  [[nodiscard]] const money::amount& captured_sum() const noexcept { return captured_sum_; }

 private:
  std::uint64_t placed_ = 0;
  std::uint64_t paid_ = 0;
  std::uint64_t declined_ = 0;
  std::uint64_t refunded_ = 0;
  std::uint64_t returns_ = 0;
  std::uint64_t failed_ = 0;
  money::amount captured_sum_;
  money::amount declined_sum_;
  money::amount refunded_sum_;
  money::amount unmatched_sum_;
  std::map<std::string, std::uint64_t> decline_codes_;
  std::vector<std::uint32_t> latencies_;  ///< microseconds
};

}  // namespace storefront
