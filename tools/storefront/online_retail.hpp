// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// A file of UCI *Online Retail*, whole: its invoices, and an account of every row.

#include <array>
#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include <kith/errors.hpp>

#include "storefront/invoice.hpp"
#include "storefront/retail_row.hpp"

namespace storefront {

struct class_account {
  std::uint64_t rows = 0;
  money::amount sum;  ///< signed; of unparsed rows zero
};

/// Oddities that are kept as they are. None is guessed away; each is counted in rows, but for the
/// last three.
struct oddity_counts {
  std::uint64_t trimmed = 0;  ///< spaces around a field were dropped
  std::uint64_t empty_descriptions = 0;
  std::uint64_t no_customer = 0;
  std::uint64_t repeated_rows = 0;       ///< the same row again in one invoice: both count
  std::uint64_t fine_prices = 0;         ///< over two decimals
  std::uint64_t repaired_texts = 0;      ///< octets that are not UTF-8 became U+FFFD
  std::uint64_t case_variants = 0;       ///< stock codes met before in other case: two codes
  std::uint64_t customer_conflicts = 0;  ///< another customer within one invoice: the first holds
  std::uint64_t two_timestamps = 0;      ///< invoices over more than one timestamp
  std::uint64_t scattered = 0;           ///< times an invoice went on after another had begun
  std::uint64_t large_invoices = 0;      ///< of over 1,000 rows
};

struct row_problem {
  std::uint64_t line = 0;
  std::string message;
};

struct retail_book {
  std::vector<invoice> invoices;  ///< orders and returns, by their first row
  std::array<class_account, row_classes> classes;
  money::amount total;  ///< of all classes
  std::uint64_t rows = 0;
  std::uint64_t invoice_numbers = 0;  ///< distinct ones, of skipped rows too
  std::vector<row_problem> problems;  ///< the first `retail_limits::problems` unparsed rows
  oddity_counts oddities;

  [[nodiscard]] const class_account& of(row_class kind) const noexcept {
    return classes[static_cast<std::size_t>(kind)];
  }
};

struct retail_limits {
  std::uint64_t rows = 5'000'000;  ///< more is `too_large`; a row costs about half a KiB
  std::size_t problems = 1000;     ///< kept for the report; all are counted
  csv_limits csv{};
};

/// Reads all of `input`, which `name` names in errors. Rows of one invoice number are one invoice,
/// wherever they stand. Fails as a whole with `bad_config` (a column is missing), `io_error`,
/// `overflow` (a sum over all rows) or `too_large`; a single bad row is a problem in the book.
kith::result<retail_book> read_online_retail(std::istream& input, std::string_view name,
                                             std::string_view currency = "GBP",
                                             const retail_limits& limits = {});

}  // namespace storefront
