// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Ids of orders and returns: "5f3a91c2-42", "5f3a91c2-r7": the first digits of the database's
/// identity and a number. They stay unique when a service starts over with an empty database, which
/// matters since payment and the gateway know an order by its id.

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace order {

class entry_ids {
 public:
  /// `mark` stands before the number: "" for orders, "r" for returns.
  entry_ids(std::string_view database_identity, std::string_view mark)
      : prefix_{std::string{database_identity.substr(0, 8)} + "-" + std::string{mark}} {}

  [[nodiscard]] std::string id_of(std::int64_t number) const {
    return prefix_ + std::to_string(number);
  }
  /// nullopt when no entry of this database can have that id.
  [[nodiscard]] std::optional<std::int64_t> number_of(std::string_view id) const noexcept {
    if (!id.starts_with(prefix_)) {
      return std::nullopt;
    }
    id.remove_prefix(prefix_.size());
    std::int64_t number = 0;
    const auto [end, wrong] = std::from_chars(id.data(), id.data() + id.size(), number);
    const bool whole = wrong == std::errc{} && end == id.data() + id.size();
    // One id for one entry: no leading zeros, no minus.
    return whole && number > 0 && id.front() != '0' ? std::optional{number} : std::nullopt;
  }

 private:
  std::string prefix_;
};

}  // namespace order
