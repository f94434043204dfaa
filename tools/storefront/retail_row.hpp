// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// One row of UCI *Online Retail* (Chen, 2015), read and classified.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <kith/errors.hpp>

#include "money/money.hpp"
#include "storefront/csv_reader.hpp"

namespace storefront {

/// The first that fits, in this order; all but the first two kinds of line are skipped.
enum class row_class : std::uint8_t {
  order_line,        ///< none of the others
  return_line,       ///< the invoice begins with C
  adjustment,        ///< the invoice begins with A: a debt is written off
  zero_price,        ///< nothing to pay: samples, losses, notes of the stock room
  stock_adjustment,  ///< negative quantity on a plain invoice
  unparsed,          ///< not understood; it counts nowhere else
};
inline constexpr std::size_t row_classes = 6;
std::string_view name_of(row_class kind) noexcept;

struct retail_row {
  row_class kind = row_class::unparsed;
  std::string invoice;
  std::string stock_code;
  std::string description;
  std::int64_t quantity = 0;
  std::string timestamp;
  money::amount unit_price;
  std::string customer;  ///< "17850" for "17850.0"; empty when unknown
  std::string country;
  money::amount value;     ///< quantity x price
  bool trimmed = false;    ///< a field had spaces around it
  int price_decimals = 0;  ///< as written
};

/// Where each column is.
class retail_columns {
 public:
  enum column : std::uint8_t {
    invoice,
    stock_code,
    description,
    quantity,
    timestamp,
    unit_price,
    customer,
    country
  };

  /// By the header's names, in any order and among others. `bad_config` names the missing one.
  static kith::result<retail_columns> find(const csv_record& header);

  [[nodiscard]] std::size_t at(column which) const noexcept { return at_[which]; }
  /// A record must be as long as the header: a comma too few or too many shifts what follows.
  [[nodiscard]] std::size_t width() const noexcept { return width_; }

 private:
  std::array<std::size_t, 8> at_{};
  std::size_t width_ = 0;
};

/// Spaces around fields are dropped. `invalid_argument` names the column that is no good. Refused
/// besides what does not parse: an order line that sells nothing or pays the customer (quantity
/// zero, price below zero), of which no class of the file speaks.
kith::result<retail_row> read_row(const csv_record& record, const retail_columns& columns,
                                  std::string_view currency);

}  // namespace storefront
