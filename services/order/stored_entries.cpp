// SPDX-License-Identifier: MPL-2.0
#include "order/stored_entries.hpp"

#include <charconv>
#include <string>

namespace order {

std::vector<line> lines_of(kith::transaction& tx, std::string_view query, std::int64_t number) {
  const auto found = tx.find(query, number);
  if (!found) {
    throw kith::failure{kith::errc::database_failed,
                        "entry " + std::to_string(number) + " has no lines"};
  }
  auto lines = kith::decode<std::vector<line>>(found->get<kith::blob>(0).octets);
  if (!lines) {
    throw kith::failure{
        kith::errc::database_failed,
        "entry " + std::to_string(number) + " has unreadable lines: " + lines.error().message};
  }
  return std::move(*lines);
}

std::int64_t number_of_cursor(std::string_view cursor) {
  std::int64_t number = 0;
  const auto [end, wrong] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), number);
  if (wrong != std::errc{} || end != cursor.data() + cursor.size()) {
    throw kith::invalid_argument{"cursor", "cursor: it is none that a page ended with"};
  }
  return number;
}

}  // namespace order
