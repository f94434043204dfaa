// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// What a shop's till hands over: invoices, each an order or a return.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kith/errors.hpp>

#include "money/money.hpp"

namespace storefront {

enum class invoice_kind : std::uint8_t { order, goods_return };

struct invoice_line {
  std::string stock_code;
  std::string description;    ///< may be empty
  std::int64_t quantity = 0;  ///< of a return mostly negative
  money::amount unit_price;
};

struct invoice {
  std::string number;
  invoice_kind kind = invoice_kind::order;
  std::string customer;  ///< its id, or "guest-<number>" when the shop does not know it
  bool guest = false;
  std::string country;
  std::string timestamp;  ///< of its first row, as the input writes it
  std::vector<invoice_line> lines;
  /// Sum of quantity x price, signed: what an order costs. Of a return it is mostly negative: what
  /// the customer asks back, with the sign turned. A return whose total is not negative asks for
  /// nothing: there is nothing to refund, and all of the total is unmatched.
  money::amount total;
  std::uint64_t first_line = 0;  ///< of the input
  std::uint64_t rows = 0;        ///< of the input: as many as lines
};

/// The customer of an invoice whose input names none.
std::string guest_of(std::string_view invoice_number);

/// What a return asks back: -total, or nothing when the total is not negative. Zero for an order.
kith::result<money::amount> asked_back(const invoice& from);

/// Adds a line to an invoice and to its total; on overflow the invoice is as it was.
kith::result<void> append_line(invoice& to, invoice_line line);

}  // namespace storefront
