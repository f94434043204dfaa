// SPDX-License-Identifier: MPL-2.0
// Any octets as a shop's file: every row is accounted for in one class, and memory stays bounded.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "storefront/online_retail.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string header =
      "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
  const std::string rows{reinterpret_cast<const char*>(data), size};
  for (const auto& text : {rows, header + rows}) {
    std::istringstream input{text};
    storefront::retail_limits limits;
    limits.rows = 10'000;
    const auto book = storefront::read_online_retail(input, "f.csv", "GBP", limits);
    if (!book) {
      continue;
    }
    std::uint64_t counted = 0;
    std::int64_t sum = 0;
    for (const auto& account : book->classes) {
      counted += account.rows;
      sum += account.sum.ten_thousandths;
    }
    if (counted != book->rows || sum != book->total.ten_thousandths) {
      std::abort();
    }
  }
  return 0;
}
