// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Plausible invoices for those who have no file: the same for the same seed, on every machine.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "storefront/invoice.hpp"

namespace storefront {

struct generator_options {
  std::uint64_t seed = 42;
  std::size_t invoices = 1000;  ///< orders and returns together
};

/// About 5 of 100 invoices are returns, each of part of one earlier order of that customer, none
/// larger than what is left of it. Some 6 of 10 orders come from new customers, so that 600
/// invoices bring every kind of card (payment/customer_card.hpp). In GBP.
std::vector<invoice> generated_orders(const generator_options& options);

}  // namespace storefront
